import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { beforeEach, describe, expect, it } from 'vitest';
import { nameLostColumn, nameLostTable } from '../../src/kit/journal/name-loss.ts';
import { runScript } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';
import { aKeptProject } from './a-kept-project.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const rows = 20_000;

function open() {
	return aKeptProject(database, [
		{
			tag: '0000_init',
			up: `CREATE TABLE t (id integer PRIMARY KEY, w text); CREATE TABLE v (id integer PRIMARY KEY); CREATE VIEW seen AS SELECT * FROM v;
			INSERT INTO t SELECT i, 'word ' || i FROM generate_series(1, ${rows}) i; INSERT INTO v SELECT id FROM t;`,
		},
		{
			tag: '0001_lossy',
			up: 'ALTER TABLE t DROP COLUMN w;\n--> statement-breakpoint\nDROP TABLE v CASCADE;',
			down: 'ALTER TABLE t ADD COLUMN w text; CREATE TABLE v (id integer PRIMARY KEY); CREATE VIEW seen AS SELECT * FROM v;',
			reversibility: 'lossy',
			loses: [nameLostColumn('public', 't', 'w', true), nameLostTable('public', 'v', true)],
		},
	]);
}

/** Where the data is: in its tables, or kept. Anything between fails the test. */
async function findData(): Promise<'in place' | 'kept'> {
	const [row] = await database.query<{ column: boolean; view: boolean; kept: string | null; ledger: string }>(
		`SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'w' AND NOT attisdropped) AS column, to_regclass('v') IS NOT NULL AS view,
			(SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = to_regnamespace('drizzle_kept') AND relkind = 'r' AND relname <> 'kept') AS kept,
			(SELECT count(*) FROM drizzle.__drizzle_migrations) AS ledger`,
	);
	if (row?.column && row.view) {
		expect(row.kept).toBe(null);
		expect(row.ledger).toBe('1');
		expect(
			await database.query('SELECT count(w)::int AS w, (SELECT count(*)::int FROM v) AS v FROM t'),
		).toEqual([{ w: rows, v: rows }]);
		return 'in place';
	}
	expect(row?.column || row?.view).toBe(false);
	expect(row?.kept?.split(' ')).toHaveLength(2);
	expect(row?.ledger).toBe('2');
	for (const store of row?.kept?.split(' ') ?? [])
		expect(await database.query(`SELECT count(*)::int AS n FROM drizzle_kept.${store}`)).toEqual([
			{ n: rows },
		]);
	return 'kept';
}

describe('killed at any instant', () => {
	it('the data is in its tables or kept, never both or neither, and the same command finishes the work', async () => {
		const app = open();
		await app.migrate({ target: '0000' });
		for (let round = 0; round < 14; round += 1) {
			const client = new pg.Client({ connectionString: app.url });
			client.on('error', () => {});
			await client.connect();
			const [{ pid } = { pid: 0 }] = (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid'))
				.rows;
			const isForward = (await findData()) === 'in place';
			const running = (isForward ? app.migrate({ client }) : app.rollback('-1', { client })).catch(
				() => undefined,
			);
			await sleep(round * 17);
			await database.query(`SELECT pg_terminate_backend(${pid})`);
			await running;
			await client.end().catch(() => undefined);
			await findData();
		}
		await app.migrate();
		expect(await findData()).toBe('kept');
		await app.rollback();
		expect(await findData()).toBe('in place');
	});

	it('a process that is killed between two statements leaves everything as it was', async () => {
		const app = open();
		await app.migrate({ target: '0000' });
		const env = { DATABASE_URL: app.url };
		const killed = await runScript('migrate', [], {
			cwd: app.cwd,
			env,
			signalOn: { pattern: /statement 2 of 2/, signal: 'SIGKILL' },
		});
		expect(killed.exitCode).toBe(undefined);
		for (
			let tries = 0;
			tries < 50 &&
			Number(
				(
					await database.query<{ n: string }>(
						`SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'drizzle-companion'`,
					)
				)[0]?.n,
			) > 0;
			tries += 1
		)
			await sleep(100);
		await findData();
		const again = await runScript('migrate', [], { cwd: app.cwd, env });
		expect(again.exitCode).toBe(0);
		expect(await findData()).toBe('kept');
		const back = await runScript('rollback', ['-1'], { cwd: app.cwd, env });
		expect(back.stdout).toContain(`t.w: ${rows} values back`);
		expect(await findData()).toBe('in place');
	});
});
