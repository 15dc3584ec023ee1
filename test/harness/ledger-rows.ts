import type { TestDatabase } from './test-database.ts';

/** Drizzle's ledger as it stands: `hash` and `created_at` in the order of their ids. Empty when there is no table. */
export async function readRows(
	database: TestDatabase,
	table = 'drizzle.__drizzle_migrations',
): Promise<readonly { hash: string; created_at: string }[]> {
	const [found] = await database.query<{ there: boolean }>(
		`SELECT to_regclass('${table.replaceAll("'", "''")}') IS NOT NULL AS there`,
	);
	return found?.there ? await database.query(`SELECT hash, created_at FROM ${table} ORDER BY id`) : [];
}

/** What the database holds, ledger and kept rows apart: every relation, its columns, and every type, a line each. */
export async function readSchema(database: TestDatabase): Promise<readonly string[]> {
	const rows = await database.query<{ line: string }>(`
		SELECT format('%s %s.%s %s', c.relkind, n.nspname, c.relname, string_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)) AS line
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'drizzle', 'drizzle_kept') GROUP BY c.relkind, n.nspname, c.relname, c.oid
		UNION ALL SELECT format('enum %s %s', t.typname, e.enumlabel) FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid ORDER BY 1`);
	return rows.map(({ line }) => line);
}
