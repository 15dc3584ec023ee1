import { type MigrateOptions, migrate } from '../../src/kit/commands/migrate.ts';
import { type RollbackOptions, rollback } from '../../src/kit/commands/rollback.ts';
import { aProject, type MigrationSpec } from '../harness/a-project.ts';
import type { TestDatabase } from '../harness/test-database.ts';

/** A project of which migrations are applied and rolled back on a test database. */
export function aKeptProject(
	database: TestDatabase,
	migrations: readonly MigrationSpec[],
	{ companion = {}, url = database.url }: { companion?: Record<string, unknown>; url?: string } = {},
) {
	const { keep } = companion as { keep?: object };
	const project = aProject({ migrations, companion: { ...companion, keep: { mode: 'always', ...keep } } });
	const common = { cwd: project.root, url };
	return {
		...common,
		project,
		migrate: (options: MigrateOptions = {}) => migrate({ ...common, ...options }),
		rollback: (target = '-1', options: Partial<RollbackOptions> = {}) =>
			rollback({ ...common, target, ...options }),
	};
}

/** Every row of every table but our own, as JSON, by table. */
export async function readRows(database: TestDatabase): Promise<Readonly<Record<string, readonly string[]>>> {
	const tables = await database.query<{ name: string }>(
		`SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'drizzle', 'drizzle_kept') ORDER BY 1`,
	);
	const rows: Record<string, readonly string[]> = {};
	for (const { name } of tables) {
		const found = await database.query<{ row: string }>(
			`SELECT to_jsonb(x)::text AS row FROM ONLY ${name} x ORDER BY 1`,
		);
		rows[name] = found.map(({ row }) => row);
	}
	return rows;
}

/** The names of the tables in which something is kept. */
export async function readStores(database: TestDatabase): Promise<readonly string[]> {
	const rows = await database.query<{ name: string }>(
		`SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace('drizzle_kept') AND relkind = 'r' AND relname <> 'kept' ORDER BY 1`,
	);
	return rows.map(({ name }) => name);
}
