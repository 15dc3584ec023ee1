import pg from 'pg';
import { beforeEach, expect, test } from 'vitest';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { lockKey } from '../../src/kit/database/advisory-lock.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { readRows } from '../harness/ledger-rows.ts';
import { locateScript } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';
import { typeOnTerminal } from '../harness/type-on-terminal.ts';

const database = useDatabase();
beforeEach(() => database.empty());

/** The same database, under a name that could be that of any machine. */
const elsewhere = () => database.url.replace('127.0.0.1', '0.0.0.0');

async function aMigratedProject(): Promise<TestProject> {
	const loses = [
		{ kind: 'table' as const, subject: 'table b', schema: 'public', table: 'b', isLostByUp: false },
	];
	const project = aProject({
		migrations: [
			{ tag: '0000_a', up: 'CREATE TABLE a ();', down: 'DROP TABLE a;' },
			{
				...{ tag: '0001_b', up: 'CREATE TABLE b (n int);', down: 'DROP TABLE b;' },
				...{ reversibility: 'lossy' as const, loses },
			},
		],
	});
	await migrate({ cwd: project.root, url: database.url });
	return project;
}

async function type({ root }: TestProject, line: string, answers: readonly string[], url = database.url) {
	const [name = '', ...args] = line.split(' ');
	const command = [process.execPath, locateScript(name), ...args].join(' ');
	const { stdout, exitCode } = await typeOnTerminal(command, answers, {
		cwd: root,
		env: { DATABASE_URL: url },
	});
	return { stdout, exitCode };
}

test('rollback of a database that is not local wants its name typed', async () => {
	const project = await aMigratedProject();
	const wrong = await type(project, 'rollback -1', ['app'], elsewhere());
	expect(wrong.stdout).toMatch(
		/0\.0\.0\.0:\d+\/\S+ is not on this machine\. To .* type the name of the database: /,
	);
	expect(wrong).toEqual({ stdout: expect.stringContaining('error[CONFIRMATION_REQUIRED]'), exitCode: 1 });
	expect(await readRows(database)).toHaveLength(2);
	const right = await type(project, 'rollback -1', [database.name], elsewhere());
	expect([right.exitCode, await readRows(database)]).toEqual([0, [expect.anything()]]);
});

test('rollback that loses rows asks whether they may be lost', async () => {
	const project = await aMigratedProject();
	await database.query('INSERT INTO b VALUES (1)');
	const no = await type(project, 'rollback -1 --no-keep', ['no']);
	expect(no).toEqual({ stdout: expect.stringContaining('Lose this for good?'), exitCode: 1 });
	expect([await readRows(database), await database.query('SELECT n FROM b')]).toMatchObject([
		{ length: 2 },
		[{ n: 1 }],
	]);
	const yes = await type(project, 'rollback -1 --no-keep', ['yes']);
	expect([yes.exitCode, await readRows(database)]).toEqual([0, [expect.anything()]]);
});

test.each([
	['Ctrl-C', '\u0003'],
	['Ctrl-D', '\u0004'],
])('%s at a question changes nothing and exits 130', async (_name, key) => {
	const project = await aMigratedProject();
	const { exitCode, stdout } = await type(project, 'rollback -1', [key], elsewhere());
	expect([exitCode, stdout]).toEqual([
		130,
		expect.stringContaining('error[INTERRUPTED]: Stopped on request'),
	]);
	expect(await readRows(database)).toHaveLength(2);
});

test('repair asks about each thing', async () => {
	const project = await aMigratedProject();
	await database.query(
		`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('one', 1), ('two', 2)`,
	);
	const { stdout, exitCode } = await type(project, 'repair', ['n', 'y']);
	expect(stdout.match(/Do it\? \[y\/N\]/g)).toHaveLength(2);
	expect([exitCode, await readRows(database)]).toMatchObject([0, { length: 3 }]);
});

test('a run that waits says for whom, and gives up after --lock-wait', async () => {
	const project = await aMigratedProject();
	const other = new pg.Client({ connectionString: database.url, application_name: 'the other run' });
	await other.connect();
	try {
		const key = lockKey({ schema: 'drizzle', table: '__drizzle_migrations' });
		await other.query(`SELECT pg_advisory_lock(${key})`);
		const started = performance.now();
		const { stdout, exitCode } = await type(project, 'rollback -1 --lock-wait 2s', []);
		expect(stdout).toMatch(/waiting for another run: the other run \(pid \d+/);
		expect([exitCode, stdout]).toEqual([1, expect.stringContaining('error[LOCK_NOT_AVAILABLE]')]);
		expect(performance.now() - started).toBeGreaterThan(2_000);
	} finally {
		await other.end();
	}
});
