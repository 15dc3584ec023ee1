import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import { hasPooler, type Pooler, startPooler } from '../harness/a-pooler.ts';
import { aProject } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readRows } from '../harness/ledger-rows.ts';
import { useDatabase } from '../harness/test-database.ts';

const migrations = [
	{
		tag: '0000_a',
		up: "CREATE TABLE a (n int); SELECT pg_sleep(0.3); INSERT INTO a VALUES (1); SET search_path = 'nowhere';",
		down: 'DROP TABLE a;',
	},
	{ tag: '0001_i', up: 'CREATE INDEX CONCURRENTLY i ON a (n);', down: 'DROP INDEX CONCURRENTLY i;' },
	{ tag: '0002_b', up: 'INSERT INTO a VALUES (2);', down: 'DELETE FROM a WHERE n = 2;' },
];

describe.skipIf(!hasPooler())('through PgBouncer in transaction mode', () => {
	const database = useDatabase();
	let pooler: Pooler;
	let url = '';
	beforeAll(async () => {
		pooler = await startPooler(inject('serverUrl'), 12);
		url = pooler.urlOf(database.url);
	});
	beforeEach(() => database.empty());
	afterAll(() => pooler?.stop());

	test('several runs at once: each migration is applied once, one of them concurrently', async () => {
		const { root } = aProject({ migrations });
		const runs = await Promise.all(Array.from({ length: 6 }, () => migrate({ cwd: root, url })));
		expect(runs.flatMap(({ report }) => report?.steps ?? []).map(({ tag }) => tag)).toEqual(
			migrations.map(({ tag }) => tag),
		);
		expect(await database.query('SELECT n FROM a ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
		expect(await readRows(database)).toHaveLength(3);
		await rollback({ cwd: root, url, target: 'base', acceptDataLoss: true });
		expect(await readRows(database)).toEqual([]);
	});

	test('excludes a run that is connected directly, and says who works', async () => {
		const { root } = aProject({ migrations: [{ tag: '0000_a', up: 'SELECT pg_sleep(1.5);' }] });
		const [pooled, direct] = [url, database.url].map((each) => ({ cwd: root, url: each }));
		for (const [first, second] of [
			[pooled, direct],
			[direct, pooled],
		] as const) {
			await database.empty();
			const messages: string[] = [];
			const onProgress = ({ message }: { message: string }) => messages.push(message);
			const running = migrate({ ...first, onProgress } as never);
			await expect.poll(() => messages.some((each) => each.includes('0000_a'))).toBe(true);
			const error = await rejectionOf(migrate({ ...second, lockWait: 200 } as never));
			expect([error.code, error.message.includes('drizzle-companion (pid ')]).toEqual([
				'LOCK_NOT_AVAILABLE',
				true,
			]);
			await running;
		}
	});

	test('cancels what runs when it is asked to stop', async () => {
		const { root } = aProject({
			migrations: [{ tag: '0000_a', up: 'CREATE TABLE z (); SELECT pg_sleep(30);' }],
		});
		const stop = new AbortController();
		setTimeout(() => stop.abort(), 500);
		const error = await rejectionOf(migrate({ cwd: root, url, signal: stop.signal }));
		expect(error.code).toBe('INTERRUPTED');
		expect(await database.query(`SELECT to_regclass('z') AS z`)).toEqual([{ z: null }]);
		expect(await readRows(database)).toEqual([]);
	});

	test('stops before the next statement when the connection that holds the lock ends', async () => {
		const { root } = aProject({
			migrations: [
				{ tag: '0000_a', up: 'CREATE TABLE a (n int); SELECT pg_sleep(1);' },
				{ tag: '0001_i', up: 'CREATE INDEX CONCURRENTLY i ON a (n);' },
				{ tag: '0002_b', up: 'INSERT INTO a VALUES (2);' },
			],
		});
		const running = rejectionOf(migrate({ cwd: root, url }));
		await expect.poll(() => endPin(), { interval: 50, timeout: 10_000 }).toBe(1);
		const error = await running;
		expect([error.code, error.message]).toEqual([
			'LOCK_NOT_AVAILABLE',
			expect.stringContaining('was lost in the middle of the run'),
		]);
		expect(await readRows(database)).toHaveLength(1);
		expect(await database.query(`SELECT to_regclass('i') AS i`)).toEqual([{ i: null }]);
		await migrate({ cwd: root, url });
		expect(await readRows(database)).toHaveLength(3);
	});

	async function endPin(): Promise<number> {
		const ended = await database.query(
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'
			AND EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep')`,
		);
		return ended.length;
	}

	test('a statement outside a transaction waits for a lock no longer than it may, and says for whom', async () => {
		await database.query('CREATE TABLE a (n int)');
		const { root } = aProject({
			migrations: [{ tag: '0000_i', up: 'CREATE INDEX CONCURRENTLY i ON a (n);' }],
			companion: { lockTimeout: 300, lockRetries: 1 },
		});
		const other = new pg.Client({ connectionString: database.url, application_name: 'somebody else' });
		await other.connect();
		await other.query('BEGIN; INSERT INTO a VALUES (1)');
		const error = await rejectionOf(migrate({ cwd: root, url }));
		expect([error.code, error.details.sqlState, error.details.attempts]).toEqual([
			'STATEMENT_FAILED',
			'55P03',
			2,
		]);
		expect(error.message).toContain('canceling statement due to lock timeout; in the way was');
		expect(error.message).toContain('(somebody else as ');
		await other.query('COMMIT');
		await other.end();
		await migrate({ cwd: root, url });
		expect(await database.query('SELECT indisvalid FROM pg_index WHERE indrelid = $$a$$::regclass')).toEqual([
			{ indisvalid: true },
		]);
	});
});

describe.skipIf(!hasPooler())('through PgBouncer with too small a pool', () => {
	const database = useDatabase();
	const { root } = aProject({ migrations });

	test('one connection: refuses soon, names the way out, and changes nothing', async () => {
		const pooler = await startPooler(inject('serverUrl'), 1);
		try {
			const url = pooler.urlOf(database.url);
			const error = await rejectionOf(migrate({ cwd: root, url, lockWait: 100 }));
			expect([error.code, error.message, error.hint]).toEqual([
				'LOCK_NOT_AVAILABLE',
				expect.stringContaining('gave no second server connection within 1 s'),
				expect.stringContaining('default_pool_size'),
			]);
			expect(await database.query(`SELECT to_regclass('drizzle.__drizzle_migrations') AS t`)).toEqual([
				{ t: null },
			]);
			expect((await migrate({ cwd: root, url, only: 'plan' })).plan.steps).toHaveLength(3);
		} finally {
			await pooler.stop();
		}
	}, 20_000);

	test('two connections: says when nobody limits the wait for a lock', async () => {
		await database.empty();
		await database.query('CREATE TABLE a (n int)');
		const { root: waits } = aProject({
			migrations: [{ tag: '0000_i', up: 'CREATE INDEX CONCURRENTLY i ON a (n);' }],
			companion: { lockTimeout: 300, lockRetries: 0 },
		});
		const other = new pg.Client({ connectionString: database.url });
		await other.connect();
		await other.query('BEGIN; INSERT INTO a VALUES (1)');
		const pooler = await startPooler(inject('serverUrl'), 2);
		try {
			const messages: string[] = [];
			const onProgress = ({ message }: { message: string }) => messages.push(message);
			const running = migrate({ cwd: waits, url: pooler.urlOf(database.url), onProgress });
			await expect.poll(() => messages.join(), { timeout: 5_000 }).toContain('no third connection');
			await other.query('COMMIT');
			await running;
			expect(messages.filter((message) => message.includes('no third connection'))).toHaveLength(1);
		} finally {
			await other.end();
			await pooler.stop();
			await database.empty();
		}
	}, 20_000);

	test('two connections are enough', async () => {
		const pooler = await startPooler(inject('serverUrl'), 2);
		try {
			const url = pooler.urlOf(database.url);
			const runs = await Promise.all([1, 2, 3].map(() => migrate({ cwd: root, url })));
			expect(runs.flatMap(({ report }) => report?.steps ?? [])).toHaveLength(3);
			const { root: slow } = aProject({
				migrations: [...migrations, { tag: '0003_s', up: 'SELECT pg_sleep(30);' }],
			});
			const stop = new AbortController();
			setTimeout(() => stop.abort(), 1_000);
			const started = performance.now();
			expect((await rejectionOf(migrate({ cwd: slow, url, signal: stop.signal }))).code).toBe('INTERRUPTED');
			expect(performance.now() - started).toBeLessThan(10_000);
		} finally {
			await pooler.stop();
		}
	}, 40_000);
});
