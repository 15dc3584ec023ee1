import pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { lockKey } from '../../src/kit/database/advisory-lock.ts';
import { aProject } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readRows } from '../harness/ledger-rows.ts';
import { runScript } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

async function withClient(work: (client: pg.Client) => Promise<void>): Promise<void> {
	const client = new pg.Client({ connectionString: database.url });
	await client.connect();
	try {
		await work(client);
	} finally {
		await client.end();
	}
}

describe('several runs at once', () => {
	test('one works, the others wait and find nothing to do', async () => {
		const { root } = aProject({
			migrations: [
				{ tag: '0000_a', up: 'CREATE TABLE a (n int); SELECT pg_sleep(0.5);' },
				{ tag: '0001_b', up: 'INSERT INTO a VALUES (1);' },
			],
		});
		const env = { DATABASE_URL: database.url };
		const runs = await Promise.all([1, 2, 3].map(() => runScript('migrate', [], { cwd: root, env })));
		expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0]);
		expect(runs.filter(({ stdout }) => stdout.startsWith('Nothing to do'))).toHaveLength(2);
		expect(await database.query('SELECT count(*)::int AS rows FROM a')).toEqual([{ rows: 1 }]);
		expect(await readRows(database)).toHaveLength(2);
	});

	test('gives up after --lock-wait and names who works', async () => {
		const { root } = aProject({ migrations: [{ tag: '0000_a', up: 'SELECT 1;' }] });
		await withClient(async (client) => {
			await client.query(`SET application_name = 'the other run'`);
			await client.query(
				`SELECT pg_advisory_lock(${lockKey({ schema: 'drizzle', table: '__drizzle_migrations' })})`,
			);
			const error = await rejectionOf(migrate({ cwd: root, url: database.url, lockWait: 200 }));
			expect(error.code).toBe('LOCK_NOT_AVAILABLE');
			expect(error.message).toContain('the other run (pid ');
			expect(await readRows(database)).toEqual([]);
		});
	});

	test('retries a migration that waited too long for a table, and then succeeds', async () => {
		await database.query('CREATE TABLE busy ()');
		const { root } = aProject({
			migrations: [{ tag: '0000_a', up: 'CREATE TABLE first (); ALTER TABLE busy ADD COLUMN a int;' }],
			companion: { lockTimeout: 100 },
		});
		const messages: string[] = [];
		await withClient(async (client) => {
			await client.query('BEGIN; SELECT * FROM busy');
			const run = migrate({
				cwd: root,
				url: database.url,
				onProgress: ({ message }) => messages.push(message),
			});
			await expect.poll(() => messages.some((message) => message.includes('trying again'))).toBe(true);
			await client.query('COMMIT');
			await run;
		});
		expect(await readRows(database)).toHaveLength(1);
	});

	test('gives up after the last retry, and nothing is kept', async () => {
		await database.query('CREATE TABLE busy ()');
		const { root } = aProject({
			migrations: [{ tag: '0000_a', up: 'CREATE TABLE first (); ALTER TABLE busy ADD COLUMN a int;' }],
			companion: { lockTimeout: 50, lockRetries: 1 },
		});
		await withClient(async (client) => {
			await client.query('BEGIN; SELECT * FROM busy');
			const error = await rejectionOf(migrate({ cwd: root, url: database.url }));
			expect([error.code, error.details.sqlState, error.details.attempts]).toEqual([
				'STATEMENT_FAILED',
				'55P03',
				2,
			]);
			expect(error.hint).toContain("Somebody else's work was in the way");
		});
		expect(await readRows(database)).toEqual([]);
		expect(await database.query(`SELECT to_regclass('first') AS first`)).toEqual([{ first: null }]);
	});

	test('Ctrl-C stops a running migration; ledger and catalog agree, and the same command finishes', async () => {
		const project = aProject({
			migrations: [
				{ tag: '0000_a', up: 'CREATE TABLE a ();' },
				{ tag: '0001_b', up: 'CREATE TABLE b (); SELECT pg_sleep(30);' },
			],
		});
		const env = { DATABASE_URL: database.url };
		const stopped = await runScript('migrate', ['--json'], {
			cwd: project.root,
			env,
			signalOn: { pattern: /0001_b/, signal: 'SIGINT' },
		});
		expect([stopped.exitCode, stopped.stderr.includes('error[INTERRUPTED]')]).toEqual([130, true]);
		expect(await readRows(database)).toHaveLength(1);
		project.write('drizzle/0001_b.sql', 'CREATE TABLE b ();');
		expect((await runScript('migrate', [], { cwd: project.root, env })).exitCode).toBe(0);
		expect(await readRows(database)).toHaveLength(2);
	});
});
