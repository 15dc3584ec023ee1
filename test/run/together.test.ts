import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import type { CompanionError } from '../../src/kit/errors.ts';
import { aProject, type MigrationSpec } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readRows, readSchema } from '../harness/ledger-rows.ts';
import { countRuns } from '../harness/property.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const number = (place: number) => String(place).padStart(4, '0');

function table(place: number, change: Partial<MigrationSpec> = {}): MigrationSpec {
	const name = `t${place}`;
	return {
		tag: `${number(place)}_${name}`,
		up: `CREATE TABLE ${name} (n int);`,
		down: `DROP TABLE ${name};`,
		...change,
	};
}

/** So many tables, a migration each, with others in place of some. */
function tables(count: number, instead: Readonly<Record<number, Partial<MigrationSpec>>> = {}) {
	return Array.from({ length: count }, (_, place) => table(place, instead[place]));
}

function open(migrations: readonly MigrationSpec[], companion = {}) {
	const { root } = aProject({ migrations, companion: { lockTimeout: 300, ...companion } });
	return { cwd: root, root, url: database.url };
}

const tagsTo = (end: number, start = 0) =>
	tables(end)
		.slice(start)
		.map(({ tag }) => tag);

async function withClient<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
	const client = new pg.Client({ connectionString: database.url, application_name: 'the other' });
	client.on('error', () => undefined);
	await client.connect();
	try {
		return await work(client);
	} finally {
		await client.end();
	}
}

/** Counts the texts that hold a COMMIT, of all that are sent on the client. */
function countTexts(client: pg.Client): () => number {
	let count = 0;
	const { query } = client;
	client.query = ((config: { text: string }, ...rest: never[]) => {
		if (/^COMMIT;$/m.test(config.text)) count += 1;
		return Reflect.apply(query, client, [config, ...rest]);
	}) as typeof client.query;
	return () => count;
}

describe('quick steps', () => {
	test('share a round trip, and have a transaction, a row and an event each', async () => {
		const { cwd } = open(tables(40));
		const told: string[] = [];
		const texts = await withClient(async (client) => {
			const count = countTexts(client);
			await migrate({ cwd, client, onStep: ({ tag }) => told.push(tag) });
			return count();
		});
		expect(texts).toBeLessThan(15);
		expect(told).toEqual(tagsTo(40));
		const [counted] = await database.query(
			`SELECT count(DISTINCT ledger.xmin::text)::int AS transactions, count(DISTINCT log.at)::int AS times, count(*)::int AS rows, min(log.duration_milliseconds) >= 0 AS "isPositive", sum(log.duration_milliseconds) < 2 * extract(epoch FROM max(log.at) - min(log.at)) * 1000 + 40 AS "addsUp"
			FROM drizzle.__drizzle_migrations ledger JOIN drizzle.__drizzle_migrations_log log ON log.checksum = ledger.hash`,
		);
		expect(counted).toEqual({ transactions: 40, times: 40, rows: 40, isPositive: true, addsUp: true });
	});

	test('go back in few round trips too', async () => {
		const { cwd } = open(tables(40));
		await migrate({ cwd, url: database.url });
		const texts = await withClient(async (client) => {
			const count = countTexts(client);
			const { report } = await rollback({ cwd, client, target: 'base' });
			expect(report?.steps.map(({ tag }) => tag)).toEqual([...tagsTo(40)].reverse());
			return count();
		});
		expect(texts).toBeLessThan(15);
		expect([await readRows(database), await readSchema(database)]).toEqual([[], []]);
	});

	test('are told at once where one is slow, and how long it took is its own', async () => {
		const { cwd, url } = open(tables(12, { 6: { up: 'SELECT pg_sleep(0.4);' } }));
		const { report } = await migrate({ cwd, url });
		const durations = report?.steps.map(({ durationMilliseconds }) => durationMilliseconds) ?? [];
		expect(durations[6]).toBeGreaterThanOrEqual(400);
		expect(durations.filter((each) => each >= 400)).toHaveLength(1);
		const logged = await database.query<{ ms: number }>(
			'SELECT duration_milliseconds AS ms FROM drizzle.__drizzle_migrations_log ORDER BY id',
		);
		expect(logged.map(({ ms }) => ms >= 400)).toEqual(durations.map((each) => each >= 400));
	});

	test('stop on request, with what is done recorded', async () => {
		const { cwd, url } = open(tables(16, { 9: { up: 'SELECT pg_sleep(30);' } }));
		const controller = new AbortController();
		const running = rejectionOf(migrate({ cwd, url, signal: controller.signal }));
		await whileSleeping();
		controller.abort();
		expect((await running).code).toBe('INTERRUPTED');
		expect(await readRows(database)).toHaveLength(9);
	});
});

async function whileSleeping(): Promise<number> {
	for (;;) {
		const [sleeper] = await database.query<{ pid: number }>(
			`SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
		);
		if (sleeper !== undefined) return sleeper.pid;
		await sleep(20);
	}
}

describe('of steps that go together, one that fails', () => {
	test.each<[string, string, Record<string, unknown>]>([
		['a statement', 'SELECT 1;\nSELECT 2;\n  SELECT nope;', { line: 3, column: 10, statementNumber: 3 }],
		['the syntax', 'SELECT 1;\nSELECT FRM 1;', { line: 2, column: 12, sqlState: '42601' }],
		['a comment that does not end', 'SELECT 1;\n/* SELECT 2;', { line: 2, column: 1, sqlState: '42601' }],
		['a body that does not end', 'SELECT 1;\nDO $$ BEGIN', { line: 2, column: 4, sqlState: '42601' }],
		[
			'a check at the end of the transaction',
			'INSERT INTO one VALUES (5);',
			{ sqlState: '23503', message: expect.stringContaining('one_n_fkey') },
		],
	])('in %s is named, with those before it done and those behind it not', async (_, up, details) => {
		const deferred = `CREATE TABLE one (n int REFERENCES parent DEFERRABLE INITIALLY DEFERRED);`;
		const first = { up: `CREATE TABLE parent (n int PRIMARY KEY); ${deferred}` };
		const { cwd, url, root } = open(tables(20, { 0: first, 9: { up } }));
		const told: string[] = [];
		const error = await rejectionOf(migrate({ cwd, url, onStep: ({ tag }) => told.push(tag) }));
		expect(told).toEqual(tagsTo(9));
		expect(error).toMatchObject({
			code: 'STATEMENT_FAILED',
			message: expect.stringContaining(`${root}/drizzle/0009_t9.sql`),
			details: { tag: '0009_t9', finished: tagsTo(9), notRun: tagsTo(20, 10), ...details },
		});
		expect(error.details).not.toHaveProperty('attempts');
		expect(await readRows(database)).toHaveLength(9);
		const made = await readSchema(database);
		expect(made.filter((line) => /public\.t\d/.test(line))).toHaveLength(8);
	});

	test('is named when going back too, with its line in the down file', async () => {
		const { cwd, url, root } = open(tables(20, { 9: { down: 'SELECT 1;\nDROP TABLE nope;' } }));
		await migrate({ cwd, url });
		const error = await rejectionOf(rollback({ cwd, url, target: 'base' }));
		const finished = tagsTo(20, 10).reverse();
		expect(error).toMatchObject({
			code: 'STATEMENT_FAILED',
			details: { tag: '0009_t9', finished, text: 'DROP TABLE nope;', statementNumber: 2 },
		});
		expect(error.message).toContain(`${root}/drizzle/0009_t9.down.sql:`);
		expect(await readRows(database)).toHaveLength(10);
	});

	test('runs once where it fails for itself', async () => {
		await database.query('CREATE SEQUENCE tries');
		const { cwd, url } = open(tables(12, { 9: { up: "SELECT nextval('tries'); SELECT 1/0;" } }));
		await rejectionOf(migrate({ cwd, url }));
		expect(await database.query('SELECT last_value::int AS tries FROM tries')).toEqual([{ tries: 1 }]);
	});

	test('for a lock is tried again, and goes through when the lock is free', async () => {
		await database.query('CREATE TABLE busy ()');
		const { cwd, url } = open(tables(12, { 9: { up: 'ALTER TABLE busy ADD COLUMN n int;' } }));
		const messages: string[] = [];
		await withClient(async (client) => {
			await client.query('BEGIN; SELECT FROM busy');
			const running = migrate({ cwd, url, onProgress: ({ message }) => messages.push(message) });
			while (!messages.some((message) => message.includes('trying again'))) await sleep(20);
			await client.query('COMMIT');
			expect((await running).report?.position).toBe(12);
		});
		expect(messages.find((message) => message.includes('trying again'))).toMatch(/^0009_t9: .*\(1 of/);
		expect(await readRows(database)).toHaveLength(12);
	});

	test('for want of a connection is told from those of which nothing is known', async () => {
		const { cwd, url } = open(tables(20, { 9: { up: 'SELECT pg_sleep(30);' } }));
		const running = rejectionOf(migrate({ cwd, url }));
		await database.query(`SELECT pg_terminate_backend(${await whileSleeping()})`);
		const { code, details } = await running;
		const { finished, uncertain, notRun } = details as Record<string, string[]>;
		expect([code, details.tag]).toEqual(['STATEMENT_FAILED', '0009_t9']);
		expect([...(finished ?? []), '0009_t9', ...(uncertain ?? []), ...(notRun ?? [])]).toEqual(tagsTo(20));
		expect(uncertain).not.toEqual([]);
		expect(await readRows(database)).toHaveLength(9);
		await database.query(`UPDATE drizzle.__drizzle_migrations SET hash = hash`);
	});
});

describe('steps that go together when the connection is cut', () => {
	test('are all uncertain: the server may have gone with what it had not yet brought to disk', async () => {
		const { cwd } = open(tables(20, { 9: { up: 'SELECT pg_sleep(1);' } }));
		const told: string[] = [];
		const { details } = await withClient(async (client) => {
			const running = rejectionOf(migrate({ cwd, client, onStep: ({ tag }) => told.push(tag) }));
			await whileSleeping();
			(client as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
			return await running;
		});
		const { tag, finished, uncertain, notRun } = details as Record<string, string[]>;
		expect(finished).toEqual(told);
		expect([...told, tag, ...(uncertain ?? []), ...(notRun ?? [])]).toEqual(tagsTo(20));
		expect(uncertain).toContain('0009_t9');
	});
});

describe('two files that only together are whole', () => {
	const opened = 'CREATE TABLE opened (); /* left open';
	const closed = 'and closed */ CREATE TABLE closed ();';

	test('are not run as one', async () => {
		const { cwd, url } = open(tables(14, { 9: { up: opened }, 10: { up: closed } }));
		const error = await rejectionOf(migrate({ cwd, url }));
		expect(error.details).toMatchObject({ tag: '0009_t9', line: 1, sqlState: '42601' });
		expect(await readRows(database)).toHaveLength(9);
		expect((await readSchema(database)).filter((line) => /opened|closed/.test(line))).toEqual([]);
	});

	test('are not reverted as one', async () => {
		const { cwd, url } = open(tables(14, { 5: { down: opened }, 4: { down: closed } }));
		await migrate({ cwd, url });
		const error = await rejectionOf(rollback({ cwd, url, target: 'base' }));
		expect(error.details).toMatchObject({ tag: '0005_t5', sqlState: '42601' });
		expect(await readRows(database)).toHaveLength(6);
		expect((await readSchema(database)).filter((line) => /opened|closed/.test(line))).toEqual([]);
	});
});

describe('a step whose transaction is not the whole of it', () => {
	test('goes alone, between others that go together', async () => {
		const concurrently = { up: 'CREATE INDEX CONCURRENTLY i ON t1 (n);', down: 'DROP INDEX CONCURRENTLY i;' };
		const { cwd, url } = open(tables(20, { 9: concurrently }));
		expect((await migrate({ cwd, url })).report?.position).toBe(20);
		expect((await rollback({ cwd, url, target: 'base' })).report?.position).toBe(0);
		expect(await readSchema(database)).toEqual([]);
	});
});

/** Migrations of every way to end, whose effects can be told apart. */
const kinds = {
	makes: (place: number) => `CREATE TABLE t${place} (n int);`,
	writes: (place: number) => `INSERT INTO seen VALUES (${place});`,
	sets: () => `SET search_path TO nowhere; SET statement_timeout = '1h';`,
	frees: () => 'DEALLOCATE ALL;',
	fails: () => 'SELECT 1/0;',
	breaks: () => 'SELEC 1;',
	failsLate: () => 'INSERT INTO child VALUES (99);',
	opens: () => 'SELECT 1; /* open',
	opensBody: () => 'SELECT $a$ open',
	closes: () => 'SELECT 1; -- */ SELECT 2; $a$;',
	alone: (place: number) => `CREATE INDEX CONCURRENTLY i${place} ON seen (n);`,
	raises: () => `DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '42601'; END $$;`,
} as const;

const harmless: readonly (keyof typeof kinds)[] = ['makes', 'writes', 'sets', 'frees', 'alone'];

describe('whatever is applied', () => {
	test('ends as it would one by one', async () => {
		const someKind = fc.oneof(
			{ arbitrary: fc.constantFrom(...harmless), weight: 12 },
			{ arbitrary: fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[])), weight: 1 },
		);
		await fc.assert(
			fc.asyncProperty(fc.array(someKind, { minLength: 4, maxLength: 24 }), async (list) => {
				const first = {
					tag: '0000_first',
					up: 'CREATE TABLE seen (n int); CREATE TABLE p (n int PRIMARY KEY); CREATE TABLE child (n int REFERENCES p DEFERRABLE INITIALLY DEFERRED);',
				};
				const rest = list.map((kind, place) => ({
					tag: `${number(place + 1)}_${kind}`,
					up: kinds[kind](place),
				}));
				const together = await outcomeOf(open([first, ...rest]));
				// Nothing is tried twice, so each is watched from its first attempt on, and goes alone.
				const alone = await outcomeOf(open([first, ...rest], { lockRetries: 0 }));
				expect(together).toEqual(alone);
			}),
			{ numRuns: countRuns(15) },
		);
	}, 120_000);
});

async function outcomeOf({ cwd, url, root }: ReturnType<typeof open>) {
	await database.empty();
	const ended = await migrate({ cwd, url }).catch((error: CompanionError) => error);
	return {
		...('code' in ended
			? {
					code: ended.code,
					message: ended.message.replace(root, ''),
					details: withoutRoot(ended.details, root),
				}
			: { tags: ended.report?.steps.map(({ kind, tag }) => `${kind} ${tag}`) }),
		rows: await readRows(database),
		events: await database.query('SELECT kind, tag FROM drizzle.__drizzle_migrations_log ORDER BY id'),
		schema: await readSchema(database),
		seen: await database.query('SELECT n FROM seen ORDER BY n'),
	};
}

function withoutRoot(details: CompanionError['details'], root: string): unknown {
	return JSON.parse(JSON.stringify(details).replaceAll(root, ''));
}
