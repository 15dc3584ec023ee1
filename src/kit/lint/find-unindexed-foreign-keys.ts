import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Snapshot } from '../generate/snapshot.ts';
import type { UnindexedForeignKey } from './rule.ts';

/** The foreign keys of a database that no valid index serves: none begins with their columns, in any order. */
export async function findUnindexedForeignKeys(
	database: ScratchDatabase,
): Promise<readonly UnindexedForeignKey[]> {
	const { rows } =
		await database.query(`SELECT n.nspname::text AS schema, c.relname::text AS table, k.conname::text AS constraint,
		(SELECT array_agg(a.attname::text ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u(attnum, place)
			JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum) AS columns
		FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE k.contype = 'f' AND k.conparentid = 0 AND NOT EXISTS (
			SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL
			AND (SELECT array_agg(x ORDER BY x) FROM unnest((i.indkey::int2[])[0:cardinality(k.conkey) - 1]) x)
				= (SELECT array_agg(x ORDER BY x) FROM unnest(k.conkey) x))
		ORDER BY 1, 2, 3`);
	return rows;
}

/** The same of a snapshot, which knows only what Drizzle has written. */
export function listUnindexedForeignKeys({
	tables,
}: Pick<Snapshot, 'tables'>): readonly UnindexedForeignKey[] {
	return Object.values(tables).flatMap((table) => {
		const lists = [
			...Object.values(table.indexes)
				.filter(({ where }) => where === undefined)
				.map(({ columns }) => columns.map(({ expression }) => expression)),
			...Object.values(table.compositePrimaryKeys).map(({ columns }) => columns),
			...Object.values(table.uniqueConstraints).map(({ columns }) => columns),
			...Object.values(table.columns)
				.filter(({ primaryKey }) => primaryKey)
				.map(({ name }) => [name]),
		];
		return Object.values(table.foreignKeys)
			.filter(({ columnsFrom }) => !lists.some((list) => begins(list, columnsFrom)))
			.map(({ name, columnsFrom }) => ({
				schema: table.schema || 'public',
				table: table.name,
				constraint: name,
				columns: columnsFrom,
			}));
	});
}

function begins(list: readonly string[], columns: readonly string[]): boolean {
	return [...list.slice(0, columns.length)].sort().join('\0') === [...columns].sort().join('\0');
}

/** Those that were not there before. */
export function pickNewForeignKeys(
	after: readonly UnindexedForeignKey[],
	before: readonly UnindexedForeignKey[],
): readonly UnindexedForeignKey[] {
	const keyOf = ({ schema, table, constraint }: UnindexedForeignKey) =>
		JSON.stringify([schema, table, constraint]);
	const known = new Set(before.map(keyOf));
	return after.filter((key) => !known.has(keyOf(key)));
}
