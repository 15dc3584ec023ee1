import type { LedgerName } from '../config/config.ts';
import type { Layout } from '../journal/migration.ts';

/** Drizzle's table as statements have to write it. A bare name means that of drizzle-orm 0.x. */
export interface LedgerTable extends LedgerName {
	/** That of the migrations; default `journal`. */
	readonly layout?: Layout;
	/** True: the table has, or will have, the columns `name` and `applied_at` of drizzle-orm 1.0. */
	readonly hasNames?: boolean;
	/** Set where the table is still drizzle-orm 0.x's and the migrations are 1.0's: the names that its rows get when it takes over the columns. */
	readonly upgrade?: readonly RowName[];
}

/** How rows are written into drizzle's table, whatever it is called. */
export type LedgerForm = Omit<LedgerTable, keyof LedgerName>;

/** Which migration a row stands for. */
export interface RowName {
	readonly id: number;
	readonly name: string;
}

/**
 * The table as it is while a plan runs: drizzle-orm 0.x's is brought to 1.0 only where a row is going to be written into it, so that
 * a rollback leaves it as it is.
 */
export function settleLedgerTable(
	table: LedgerTable,
	{ writesRows }: { readonly writesRows: boolean },
): LedgerTable {
	if (table.upgrade === undefined) return table;
	if (writesRows) return { ...table, hasNames: true };
	const { upgrade: _upgrade, ...rest } = table;
	return rest;
}
