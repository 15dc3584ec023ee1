import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createEmptySnapshot, ORIGIN_ID } from '../../src/kit/generate/snapshot.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { readRows } from '../harness/ledger-rows.ts';
import { locateScript, runScript } from '../harness/run-script.ts';
import { nameRole, useDatabase } from '../harness/test-database.ts';

const database = useDatabase();

test.each([
	['SIGINT', 130],
	['SIGTERM', 143],
] as const)(
	'%s to a whole process group cancels, says what was finished and exits %i',
	async (signal, expected) => {
		await database.empty();
		const { root } = aProject({
			migrations: [
				{ tag: '0000_a', up: 'CREATE TABLE a ();' },
				{ tag: '0001_b', up: 'CREATE TABLE b (); SELECT pg_sleep(60);' },
			],
		});
		const { exitCode, stderr } = await stopScript('migrate', [], {
			// As in a fresh clone: nothing can be compiled any more when the signal has come.
			...{ cwd: root, env: { DATABASE_URL: database.url, TSX_DISABLE_CACHE: '1' } },
			...{ pattern: /0001_b/, signal },
		});
		expect([exitCode, stderr]).toEqual([
			expected,
			expect.stringContaining('the transaction of 0001_b aborted; 0000_a finished before it'),
		]);
		expect([await readRows(database), await database.query(`SELECT to_regclass('b') AS b`)]).toMatchObject([
			{ length: 1 },
			[{ b: null }],
		]);
	},
);

/** Its scratch databases are told from those of other tests by their owner. */
const role = nameRole('stopper');
beforeAll(async () => {
	await database.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD 'x'`);
});
afterAll(async () => {
	await dropOwned();
	await database.query(`DROP OWNED BY ${role}`);
	await database.query(`DROP ROLE ${role}`);
});

/** Ends at once in the live database, and not at all in a scratch database. */
const slow = `CREATE TABLE b (n int);
SELECT pg_sleep(60) WHERE current_database() ~ '^companion_scratch';`;

test.each([
	['generate', [], 'SIGINT', 130],
	['generate', [], 'SIGTERM', 143],
	['verify', [], 'SIGINT', 130],
	['verify', [], 'SIGTERM', 143],
	['check', ['--since', 'base'], 'SIGINT', 130],
	['reverse', ['0001_b'], 'SIGINT', 130],
	['baseline', [], 'SIGINT', 130],
	['drift', [], 'SIGINT', 130],
	['migrate', ['--plan', '--verbose'], 'SIGINT', 130],
] as const)(
	'ends what %s %j does in scratch databases at once when %s comes: they are gone, no file is changed, exit %i',
	async (name, args, signal, expected) => {
		await database.empty();
		const { root, listFiles } = aSlowProject();
		if (name === 'drift') await runScript('migrate', [], { cwd: root, env: { DATABASE_URL: database.url } });
		const before = listFiles();
		const stopped = await stopScript(name, args, { cwd: root, env: asRole(), when: isSleeping, signal });
		expect(stopped).toEqual({
			exitCode: expected,
			stderr: expect.stringMatching(/error\[INTERRUPTED\]: Stopped on request/),
			milliseconds: expect.toSatisfy((milliseconds: number) => milliseconds < 20_000),
			shownBefore: expect.stringMatching(/ …$/m),
		});
		expect([await listScratch(), listFiles()]).toEqual([[], before]);
		await dropOwned();
	},
);

test('what ends a command after Ctrl-C is told as the stop that it is, with what it ended with', async () => {
	const { root } = aProject({
		migrations: [{ tag: '0000_a', up: 'CREATE TABLE a ();', down: 'DROP TABLE a;' }],
		files: Object.fromEntries(
			Array.from({ length: 200 }, (_, place) => [
				`schema/part-${place}.ts`,
				`export const part: number = ${place};\n`,
			]),
		),
		config: { schema: './schema/*.ts' },
	});
	const pattern = /reading the TypeScript schema/;
	const { exitCode, stderr } = await stopScript('generate', [], {
		...{ cwd: root, env: asRole(), pattern, signal: 'SIGINT' },
	});
	expect([exitCode, stderr]).toEqual([
		130,
		expect.stringMatching(/error\[INTERRUPTED\]: Stopped on request.*0000_snapshot\.json/),
	]);
});

test('a way back whose proof was stopped is not written as one that does not exist', async () => {
	const { root, listFiles } = aProject({
		migrations: [
			{
				tag: '0000_slow_drops',
				up: `CREATE FUNCTION linger() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); END';
CREATE EVENT TRIGGER lingering ON sql_drop EXECUTE FUNCTION linger();`,
			},
			{ tag: '0001_b', up: 'CREATE TABLE b (n int);' },
		],
	});
	const before = listFiles();
	const run = { cwd: root, env: asRole(), when: isSleeping };
	const interrupted = await stopScript('reverse', ['0001_b'], { ...run, signal: 'SIGINT' });
	expect([interrupted.exitCode, listFiles()]).toEqual([130, before]);
	const ended = await stopScript('reverse', ['0001_b'], { ...run, signal: undefined });
	expect([ended.exitCode, ended.stderr, listFiles()]).toEqual([
		1,
		expect.stringContaining('error[DATABASE_UNREACHABLE]'),
		before,
	]);
	await dropOwned();
});

test('Ctrl-C ends what baseline --pull does: no file is left', async () => {
	await database.empty();
	await database.query(
		Array.from({ length: 60 }, (_, n) => `CREATE TABLE t${n} (id int PRIMARY KEY);`).join(''),
	);
	const { root, listFiles } = aProject();
	const before = listFiles();
	const run = { cwd: root, env: asRole(), signal: 'SIGINT' as const };
	for (const pattern of [/drizzle-kit reads/, /proving/]) {
		const { exitCode, stderr } = await stopScript('baseline', ['--pull'], { ...run, pattern });
		expect([pattern, exitCode, stderr, await listScratch(), listFiles()]).toEqual([
			pattern,
			130,
			expect.stringContaining('error[INTERRUPTED]'),
			[],
			before,
		]);
	}
	await dropOwned();
});

function aSlowProject(): TestProject {
	const loses = (table: string) => [
		{ kind: 'table' as const, subject: `table ${table}`, schema: 'public', table, isLostByUp: false },
	];
	const up = 'CREATE TABLE a (n int);';
	return aProject({
		migrations: [
			{ tag: '0000_a', up, down: 'DROP TABLE a;', reversibility: 'lossy', loses: loses('a') },
			{ tag: '0001_b', up: slow, down: 'DROP TABLE b;', reversibility: 'lossy', loses: loses('b') },
		],
		files: {
			'schema.ts': `import { pgTable } from 'drizzle-orm/pg-core';\nexport const c = pgTable('c', {});\n`,
			'drizzle/meta/0000_snapshot.json': aSnapshot('a', ORIGIN_ID),
			'drizzle/meta/0001_snapshot.json': aSnapshot('b', 'a'),
		},
	});
}

function aSnapshot(id: string, prevId: string): string {
	return JSON.stringify({ ...createEmptySnapshot(), id, prevId });
}

function asRole() {
	const url = database.urlFor(role, 'x');
	return { DATABASE_URL: url, SHADOW_DATABASE_URL: url };
}

async function isSleeping(): Promise<boolean> {
	const rows = await database.query(
		`SELECT 1 FROM pg_stat_activity WHERE usename = '${role}' AND datname ~ '^companion_scratch' AND wait_event = 'PgSleep'`,
	);
	return rows.length > 0;
}

async function listScratch(): Promise<readonly unknown[]> {
	return await database.query(
		`SELECT datname FROM pg_database WHERE datname ~ '^companion_scratch' AND datdba = '${role}'::regrole`,
	);
}

async function dropOwned(): Promise<void> {
	const owned = await database.query<{ datname: string }>(
		`SELECT datname FROM pg_database WHERE datdba = '${role}'::regrole`,
	);
	for (const { datname } of owned) await database.query(`DROP DATABASE "${datname}" WITH (FORCE)`);
}

interface Stopping {
	readonly cwd: string;
	readonly env: Readonly<Record<string, string>>;
	/** The signal is sent when stderr matches, or when this is so, for the first time. */
	readonly pattern?: RegExp;
	readonly when?: () => Promise<boolean>;
	/** Absent: the sessions in its scratch databases are ended instead. */
	readonly signal: NodeJS.Signals | undefined;
}

interface Stopped {
	readonly exitCode: number | null;
	readonly stderr: string;
	/** What stderr held before. */
	readonly shownBefore: string;
	/** From then to the end. */
	readonly milliseconds: number;
}

/** As a terminal does: the signal goes to every process of the group. */
async function stopScript(
	name: string,
	args: readonly string[],
	{ cwd, env, pattern = /^/, when = async () => true, signal }: Stopping,
): Promise<Stopped> {
	const child = spawn(process.execPath, [locateScript(name), ...args], {
		cwd,
		detached: true,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	let stderr = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
	});
	const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
	while (child.exitCode === null && !(pattern.test(stderr) && (await when()))) await sleep(20);
	const [shownBefore, started] = [stderr, performance.now()];
	if (child.exitCode === null && signal !== undefined) process.kill(-(child.pid as number), signal);
	if (signal === undefined)
		await database.query(
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role}' AND datname ~ '^companion_scratch'`,
		);
	const exitCode = await closed;
	return { exitCode, stderr, shownBefore, milliseconds: performance.now() - started };
}
