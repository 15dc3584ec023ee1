import type { Snapshot } from '../generate/snapshot.ts';

/** What is known of the columns before a migration, from the snapshot of the one before; the rules do without where there is none. */
export interface SchemaBefore {
	/** By `schema.table.column`, unquoted. */
	readonly columns: ReadonlyMap<string, ColumnBefore>;
}

export interface ColumnBefore {
	/** As drizzle-kit writes it: `varchar(50)`, `integer`. */
	readonly type: string;
	readonly isNotNull: boolean;
}

export const UNKNOWN_SCHEMA: SchemaBefore = { columns: new Map() };

/** The columns of a snapshot. */
export function describeSchemaBefore({ tables }: Pick<Snapshot, 'tables'>): SchemaBefore {
	const columns = new Map<string, ColumnBefore>();
	for (const { schema, name, columns: own } of Object.values(tables)) {
		for (const column of Object.values(own))
			columns.set(`${schema || 'public'}.${name}.${column.name}`, {
				type: `${column.type}${'[]'.repeat(Number(column.dimensions ?? 0))}`,
				isNotNull: column.notNull,
			});
	}
	return { columns };
}
