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
});
