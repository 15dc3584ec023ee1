import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { history } from '../../src/kit/commands/history.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { repair } from '../../src/kit/commands/repair.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { aProject, firstWhen, type MigrationSpec } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readRows } from '../harness/ledger-rows.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const migrations: readonly MigrationSpec[] = [
	{ tag: '0000_a', up: 'CREATE TABLE a (n int);', down: 'DROP TABLE a;' },
	{ tag: '0001_b', up: 'INSERT INTO a VALUES (1);', down: 'DELETE FROM a;' },
	{ tag: '0002_c', up: 'INSERT INTO a VALUES (2);', down: 'DELETE FROM a WHERE n = 2;' },
];

async function withClient(work: (client: pg.Client) => Promise<void>): Promise<void> {
	const client = new pg.Client({ connectionString: database.url, application_name: 'the other' });
	await client.connect();
	try {
		await work(client);
	} finally {
		await client.end();
	}
}

/** As drizzle's migrator does: the SQL and the row in one transaction, without any lock. */
const asDrizzle = `BEGIN; INSERT INTO a VALUES (1); INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('${computeChecksum('INSERT INTO a VALUES (1);')}', ${firstWhen + 1_000})`;

describe('a migrator that knows no lock', () => {
	test('and is in the middle of a migration is waited for, and the migration not applied again', async () => {
		const project = { cwd: aProject({ migrations }).root, url: database.url };
		await migrate({ ...project, target: '0' });
		await withClient(async (client) => {
			await client.query(asDrizzle);
			const running = migrate(project);
			await sleep(800);
			await client.query('COMMIT');
			const { report } = await running;
			expect([report?.position, report?.steps.map(({ tag }) => tag)]).toEqual([3, ['0002_c']]);
		});
		expect(await database.query('SELECT n FROM a ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
		expect(await readRows(database)).toHaveLength(3);
	});
});

describe('between two steps of a run', () => {
	const [first, second, third] = migrations as [MigrationSpec, MigrationSpec, MigrationSpec];
	const quick = { tag: '0001_quick', up: 'CREATE TABLE quick ();' };
	const slow = { tag: '0002_slow', up: 'SELECT pg_sleep(1);' };
	const insertRow = `INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('${computeChecksum(second.up as string)}', ${firstWhen + 3_000})`;

	/** Does something on another connection while the slow migration sleeps. */
	async function runMeanwhile(sql: string) {
		const { root } = aProject({
			migrations: [first, quick, slow, { ...second, tag: '0003_b' }, { ...third, tag: '0004_c' }],
		});
		const project = { cwd: root, url: database.url };
		await migrate({ ...project, target: '0' });
		const running = migrate(project);
		await withClient(async (client) => {
			const sleeping = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
			while ((await client.query(sleeping)).rowCount === 0) await sleep(20);
			await client.query(sql);
		});
		return (await running).report;
	}

	test('a migrator that was faster is noticed by the number of its row, and nothing is applied twice', async () => {
		const report = await runMeanwhile(`BEGIN; INSERT INTO a VALUES (1); ${insertRow}; COMMIT`);
		expect([report?.position, report?.steps.map(({ tag }) => tag)]).toEqual([
			5,
			['0001_quick', '0002_slow', '0004_c'],
		]);
		expect(await database.query('SELECT n FROM a ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
	});

	test('a number of the ledger that nobody used is no other migrator', async () => {
		const report = await runMeanwhile(`SELECT nextval('drizzle.__drizzle_migrations_id_seq')`);
		expect(report?.steps.map(({ tag }) => tag)).toEqual(['0001_quick', '0002_slow', '0003_b', '0004_c']);
		expect(await database.query('SELECT n FROM a ORDER BY n')).toEqual([{ n: 1 }, { n: 2 }]);
		const rows = await database.query('SELECT id FROM drizzle.__drizzle_migrations ORDER BY id');
		// The slow one is tried twice, because the first time its row got another number than the next.
		expect(rows.map(({ id }) => id)).toEqual([1, 2, 5, 6, 7]);
	});
});

describe('between two steps of a rollback', () => {
	const table = (name: string, down = `DROP TABLE "${name}";`) => ({
		tag: `000${'abcde'.indexOf(name)}_${name}`,
		up: `CREATE TABLE "${name}" ();`,
		down,
	});
	const slow = 'SELECT pg_sleep(1);\nDROP TABLE "d";';
	const whenOf = (place: number) => firstWhen + place * 1_000;

	test('a migration that somebody else has reverted is noticed by its row, and not reverted again', async () => {
		const { root } = aProject({
			migrations: [table('a'), table('b'), table('c', 'SELECT 1;'), table('d', slow), table('e')],
		});
		const project = { cwd: root, url: database.url };
		await migrate(project);
		const running = rollback({ ...project, target: 'base' });
		await withClient(async (client) => {
			const sleeping = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
			while ((await client.query(sleeping)).rowCount === 0) await sleep(20);
			// What can be reverted twice shows nothing by itself.
			await client
				.query(`DELETE FROM drizzle.__drizzle_migrations WHERE created_at = ${whenOf(2)}`)
				.catch(() => undefined);
		});
		const { report } = await running;
		expect(report?.steps.map(({ tag }) => tag)).toEqual(['0004_e', '0003_d', '0001_b', '0000_a']);
		expect(await readRows(database)).toEqual([]);
	});
});

describe('a migration that frees what the session has prepared', () => {
	test('is recorded all the same, and so is what comes after it', async () => {
		const { root } = aProject({
			migrations: [
				{ tag: '0000_a', up: 'CREATE TABLE a ();', down: 'DROP TABLE a;' },
				{ tag: '0001_b', up: 'DEALLOCATE ALL; CREATE TABLE b ();', down: 'DEALLOCATE ALL; DROP TABLE b;' },
				{ tag: '0002_c', up: 'CREATE TABLE c ();', down: 'DROP TABLE c;' },
				{ tag: '0003_d', up: 'CREATE TABLE d ();', down: 'DROP TABLE d;' },
			],
		});
		const project = { cwd: root, url: database.url };
		expect((await migrate(project)).report?.position).toBe(4);
		const events = await database.query('SELECT kind, tag FROM drizzle.__drizzle_migrations_log ORDER BY id');
		expect(events.map(({ kind, tag }) => `${kind} ${tag}`)).toEqual([
			'apply 0000_a',
			'apply 0001_b',
			'apply 0002_c',
			'apply 0003_d',
		]);
		expect((await rollback({ ...project, target: 'base' })).report?.position).toBe(0);
		expect(await readRows(database)).toEqual([]);
	});
});

describe('a connection that is lent', () => {
	test('has nothing prepared on it afterwards', async () => {
		const { root } = aProject({ migrations });
		await withClient(async (client) => {
			await migrate({ cwd: root, client });
			expect((await client.query('SELECT name FROM pg_prepared_statements')).rows).toEqual([]);
		});
	});
});

describe('what is in the way', () => {
	test('is named after the last try: its process, its query and for how long', async () => {
		await database.query('CREATE TABLE busy ()');
		const { root } = aProject({
			migrations: [{ tag: '0000_a', up: 'ALTER TABLE busy ADD COLUMN a int;' }],
			companion: { lockTimeout: 300, lockRetries: 1 },
		});
		await withClient(async (client) => {
			await client.query('BEGIN');
			await client.query('SELECT * FROM busy');
			const [{ pid } = { pid: 0 }] = (await client.query('SELECT pg_backend_pid() AS pid')).rows;
			const error = await rejectionOf(migrate({ cwd: root, url: database.url }));
			expect(error.details.blockers).toMatchObject([
				{ pid, application: 'the other', state: 'idle in transaction', role: 'postgres' },
			]);
			expect(error.message).toMatch(
				new RegExp(`pid ${pid} \\(the other as postgres\\), idle in transaction for [\\d.]+ s: SELECT`),
			);
		});
	});
});

describe('the report', () => {
	test('says where the database stands, past a hole too', async () => {
		const project = { cwd: aProject({ migrations }).root, url: database.url };
		await migrate(project);
		await database.query(`DELETE FROM drizzle.__drizzle_migrations WHERE created_at = ${firstWhen + 1_000}`);
		expect((await rollback({ ...project, target: '-1' })).report?.position).toBe(1);
	});

	test('a script for nothing says so', async () => {
		const project = { cwd: aProject({ migrations }).root, url: database.url };
		await migrate(project);
		expect((await migrate({ ...project, only: 'sql' })).script).toMatch(/^-- Nothing to do/);
	});
});

describe('what stands in nobody’s way is said', () => {
	test('other line ends are no edit', async () => {
		const project = aProject({ migrations: [{ tag: '0000_a', up: 'CREATE TABLE a ();\nSELECT 1;\n' }] });
		const options = { cwd: project.root, url: database.url };
		await migrate(options);
		project.write('drizzle/0000_a.sql', 'CREATE TABLE a ();\r\nSELECT 1;\r\n');
		const { problems, notices } = await history(options);
		expect(problems.map(({ code }) => code)).toEqual(['DOWN_MISSING']);
		expect(notices).toEqual([expect.stringContaining('0000_a.sql has other line ends here')]);
		expect((await migrate(options)).report?.steps).toEqual([]);
	});

	test('rows that repeat each other, and repair removes them', async () => {
		const options = { cwd: aProject({ migrations }).root, url: database.url };
		await migrate(options);
		await database.query(
			'INSERT INTO drizzle.__drizzle_migrations (hash, created_at) SELECT hash, created_at FROM drizzle.__drizzle_migrations LIMIT 1',
		);
		expect((await history(options)).notices).toEqual([
			expect.stringContaining("The ledger's row 4 repeats others"),
		]);
		await repair({ ...options, yes: true });
		expect([(await history(options)).notices, await readRows(database)]).toEqual([
			undefined,
			expect.objectContaining({ length: 3 }),
		]);
	});

	test('times that do not rise', async () => {
		const [first, ...others] = migrations as [MigrationSpec, ...MigrationSpec[]];
		const falling = [
			{ ...first, when: firstWhen },
			...others.map((each) => ({ ...each, when: firstWhen - 5_000 })),
		];
		const options = { cwd: aProject({ migrations: falling }).root, url: database.url };
		expect((await migrate(options)).report?.position).toBe(3);
		expect((await history(options)).notices).toEqual([
			expect.stringContaining('0001_b stands after 0000_a in the journal, and its `when` is earlier'),
			expect.stringContaining('`when` is the same'),
		]);
		expect((await rollback({ ...options, target: 'base' })).report?.position).toBe(0);
	});
});

test('a table of another tool is not taken for the ledger', async () => {
	await database.query(
		`CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id uuid, hash text, created_at timestamptz); INSERT INTO drizzle.__drizzle_migrations VALUES (gen_random_uuid(), 'x', now())`,
	);
	const error = await rejectionOf(migrate({ cwd: aProject({ migrations }).root, url: database.url }));
	expect([error.code, error.hint?.includes('migrations.table')]).toEqual(['LEDGER_UNREADABLE', true]);
});
