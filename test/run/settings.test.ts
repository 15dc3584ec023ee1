import pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { aProject, type MigrationSpec } from '../harness/a-project.ts';
import { readRows } from '../harness/ledger-rows.ts';
import { nameRole, useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const show =
	"CREATE TABLE IF NOT EXISTS public.seen (path text, role text, waits text); INSERT INTO public.seen VALUES (current_setting('search_path'), current_user::text, current_setting('statement_timeout'));";
const plain = { path: '"$user", public', role: 'postgres', waits: '0' };

function open(...ups: readonly string[]) {
	const migrations = ups.map((up, index): MigrationSpec => ({ tag: `000${index}_x`, up }));
	return { cwd: aProject({ migrations }).root, url: database.url };
}

describe('what a migration SETs', () => {
	test.each([
		['in a transaction', ''],
		['statement by statement', '-- companion: no-transaction\n'],
	])('ends with it, %s', async (_, head) => {
		const sets = `${head}SET search_path = pg_catalog; SET statement_timeout = '1h'; SELECT set_config('lock_timeout', '7s', false);\n`;
		await migrate(open(sets + show, show));
		expect(await database.query('SELECT * FROM seen')).toEqual([
			{ path: 'pg_catalog', role: 'postgres', waits: '1h' },
			plain,
		]);
	});

	test('a role that it takes on does not write the ledger', async () => {
		const role = nameRole('owner');
		await database.query(`CREATE ROLE ${role}; GRANT ALL ON SCHEMA public TO ${role}`);
		try {
			await migrate(
				open(
					`SET ROLE ${role}; CREATE TABLE t ();`,
					`SET SESSION AUTHORIZATION ${role}; CREATE TABLE u ();`,
					show,
				),
			);
			expect(await database.query('SELECT * FROM seen')).toEqual([plain]);
			expect(
				await database.query(
					`SELECT DISTINCT tableowner::text AS o FROM pg_tables WHERE tablename IN ('t', 'u')`,
				),
			).toEqual([{ o: role }]);
			expect(await readRows(database)).toHaveLength(3);
		} finally {
			await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
		}
	});

	test('may be the transaction’s isolation level', async () => {
		await migrate(open('SET TRANSACTION ISOLATION LEVEL SERIALIZABLE; CREATE TABLE t ();'));
		expect(await readRows(database)).toHaveLength(1);
	});

	test('holds again when the migration goes on where it failed', async () => {
		await database.query('CREATE SCHEMA s; CREATE TABLE s.t (n int); INSERT INTO s.t VALUES (1), (1)');
		const project = open('SET search_path = s;\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (n);');
		await expect(migrate(project)).rejects.toMatchObject({ code: 'STATEMENT_FAILED' });
		await database.query('DELETE FROM s.t');
		await migrate(project);
		expect(
			await database.query(`SELECT indisvalid AS valid FROM pg_index WHERE indexrelid = 's.i'::regclass`),
		).toEqual([{ valid: true }]);
	});

	test('a lent client gets its own settings back', async () => {
		const role = nameRole('lender');
		await database.query(
			`CREATE ROLE ${role}; GRANT ALL ON SCHEMA public TO ${role}; GRANT CREATE ON DATABASE ${database.name} TO ${role}`,
		);
		const client = new pg.Client({ connectionString: database.url });
		await client.connect();
		try {
			await client.query(
				`SET search_path = public, pg_catalog; SET ROLE ${role}; SET my.own = 'a ''b'''; SET work_mem = '5MB'`,
			);
			const { cwd } = open(
				`SET search_path = pg_catalog; RESET ROLE; SET work_mem = '9MB';  SET lock_timeout = '9s';`,
				show,
			);
			await migrate({ cwd, client });
			const names = [
				'search_path',
				'role',
				'my.own',
				'work_mem',
				'lock_timeout',
				'client_connection_check_interval',
			];
			const { rows } = await client.query(
				`SELECT ${names.map((name) => `current_setting('${name}') AS "${name}"`).join(', ')}`,
			);
			expect(rows).toEqual([
				{
					search_path: 'public, pg_catalog',
					role,
					'my.own': "a 'b'",
					work_mem: '5MB',
					lock_timeout: '0',
					client_connection_check_interval: '0',
				},
			]);
			expect(await database.query('SELECT path, role FROM seen')).toEqual([
				{ path: 'public, pg_catalog', role },
			]);
		} finally {
			await client.end();
			await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
		}
	});
});
