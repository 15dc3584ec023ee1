import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { aProject, type ProjectSpec, type TestProject } from '../harness/a-project.ts';
import { readRows, readSchema } from '../harness/ledger-rows.ts';
import { readJson, runScript, type ScriptResult } from '../harness/run-script.ts';
import { nameRole, useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const init = { tag: '0000_init', up: 'CREATE TABLE users (id int);\n', down: 'DROP TABLE users;' };
const second = { tag: '0001_add_posts', up: 'CREATE TABLE posts (id int);\n', down: 'DROP TABLE posts;' };
const migrations = [init, second];

interface BadInput {
	readonly project?: ProjectSpec;
	/** How many of the migrations stand applied before. */
	readonly applied?: number;
	/** What is done to the project or the database before the command. */
	readonly before?: (project: TestProject) => void | Promise<void>;
	readonly command: string;
	readonly args?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	readonly code: string;
	readonly exitCode?: number;
	/** What the message or the hint must say. */
	readonly says?: RegExp;
}

const journal = (entries: unknown) => JSON.stringify({ version: '7', dialect: 'postgresql', entries });
const entry = (idx: number, tag: string) => ({ idx, version: '7', when: idx + 1, tag, breakpoints: true });
const withJournal = (text: string) => ({ migrations, files: { 'drizzle/meta/_journal.json': text } });

const cases: Readonly<Record<string, BadInput>> = {
	'an unknown target': {
		command: 'migrate',
		args: ['0001_add_psts'],
		code: 'TARGET_NOT_FOUND',
		says: /did you mean 0001_add_posts/,
	},
	'an ambiguous target': {
		project: { migrations: [init, { ...second, tag: '0001_add_a' }, { ...second, tag: '0001_add_b' }] },
		command: 'migrate',
		args: ['0001_add'],
		code: 'TARGET_AMBIGUOUS',
		says: /0001_add_a, 0001_add_b/,
	},
	'a target out of range': {
		command: 'migrate',
		args: ['+3'],
		code: 'TARGET_OUT_OF_RANGE',
		says: /only 2 forward to head/,
	},
	'an index out of range': { command: 'show', args: ['7'], code: 'TARGET_OUT_OF_RANGE' },
	'too many steps back': {
		applied: 1,
		command: 'rollback',
		args: ['-2'],
		code: 'TARGET_OUT_OF_RANGE',
		says: /only 1 back to base/,
	},
	'a migrate that goes back': {
		applied: 2,
		command: 'migrate',
		args: ['base'],
		code: 'WRONG_DIRECTION',
		says: /pnpm db:rollback base/,
	},
	'a rollback that goes forward': {
		applied: 1,
		command: 'rollback',
		args: ['head'],
		code: 'WRONG_DIRECTION',
		says: /pnpm db:migrate head/,
	},
	'a baseline that goes back': {
		applied: 2,
		command: 'baseline',
		args: ['0000'],
		code: 'WRONG_DIRECTION',
		says: /--purge/,
	},
	'a missing journal': {
		project: {},
		command: 'migrate',
		code: 'JOURNAL_NOT_FOUND',
		says: /pnpm db:generate/,
	},
	'a lost journal': {
		before: (project) => project.remove('drizzle/meta/_journal.json'),
		command: 'history',
		code: 'JOURNAL_NOT_FOUND',
	},
	'a journal that is no JSON': {
		project: withJournal('{ oops'),
		command: 'history',
		code: 'JOURNAL_INVALID',
	},
	'a journal in conflict': {
		project: withJournal('<<<<<<< HEAD\n'),
		command: 'migrate',
		code: 'JOURNAL_INVALID',
		says: /line 1/,
	},
	'a tag with ..': {
		project: withJournal(journal([entry(0, '..')])),
		command: 'migrate',
		code: 'JOURNAL_INVALID',
	},
	'a tag with /': {
		project: withJournal(journal([entry(0, '../../etc/passwd')])),
		command: 'migrate',
		code: 'JOURNAL_INVALID',
	},
	'the same idx twice': {
		project: withJournal(journal([entry(0, 'a'), entry(0, 'b')])),
		command: 'migrate',
		code: 'JOURNAL_INVALID',
		says: /idx 0/,
	},
	'the same tag twice': {
		project: withJournal(journal([entry(0, 'a'), entry(1, 'a')])),
		command: 'current',
		code: 'JOURNAL_INVALID',
		says: /tag "a"/,
	},
	'a missing SQL file': {
		before: (project) => project.remove('drizzle/0001_add_posts.sql'),
		command: 'migrate',
		code: 'MIGRATION_FILE_NOT_FOUND',
		says: /0001_add_posts\.sql/,
	},
	'an edited applied file': {
		applied: 1,
		before: (project) => project.write('drizzle/0000_init.sql', 'SELECT 1;'),
		command: 'migrate',
		code: 'EDITED',
		says: /0000_init\.sql was edited/,
	},
	'an out-of-order entry': {
		applied: 2,
		before: () =>
			database.query('DELETE FROM drizzle.__drizzle_migrations WHERE id = 1').then(() => undefined),
		command: 'migrate',
		code: 'OUT_OF_ORDER',
		says: /--out-of-order/,
	},
	'a ledger row that nobody knows': {
		applied: 1,
		before: () =>
			database
				.query(`INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('x', 1)`)
				.then(() => undefined),
		command: 'migrate',
		code: 'UNKNOWN_APPLIED',
	},
	"a ledger that is not drizzle's": {
		before: () =>
			database
				.query('CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (x int)')
				.then(() => undefined),
		command: 'current',
		code: 'LEDGER_UNREADABLE',
		says: /migrations\.table/,
	},
	'SQL that fails in the third statement of the second migration': {
		project: {
			migrations: [
				init,
				{ ...second, up: 'CREATE TABLE a ();\nCREATE TABLE b ();\nCREATE TABLE users ();\n' },
			],
		},
		applied: 1,
		command: 'migrate',
		code: 'STATEMENT_FAILED',
		says: /drizzle\/0001_add_posts\.sql:3:1/,
	},
	'a down that is missing': {
		project: { migrations: [{ tag: '0000_init', up: 'CREATE TABLE users ();' }] },
		applied: 1,
		command: 'rollback',
		args: ['-1'],
		code: 'DOWN_FILE_NOT_FOUND',
	},
	'a down that is irreversible': {
		project: {
			migrations: [
				{
					tag: '0000_init',
					up: 'CREATE TABLE users ();',
					reversibility: 'irreversible',
					reason: 'rows were merged',
				},
			],
		},
		applied: 1,
		command: 'rollback',
		args: ['base'],
		code: 'DOWN_IRREVERSIBLE',
		says: /rows were merged/,
	},
	'a down that was edited': {
		applied: 1,
		before: (project) =>
			project.write('drizzle/0000_init.down.sql', `${project.read('drizzle/0000_init.down.sql')}SELECT 1;\n`),
		command: 'rollback',
		args: ['base'],
		code: 'DOWN_UNPROVEN',
	},
	'data loss and no terminal': {
		project: {
			migrations: [
				{
					...init,
					reversibility: 'lossy',
					loses: [
						{ kind: 'table', schema: 'public', table: 'users', subject: 'table users', isLostByUp: false },
					],
				},
			],
		},
		applied: 1,
		before: () => database.query('INSERT INTO users VALUES (1), (2)').then(() => undefined),
		command: 'rollback',
		args: ['-1', '--no-keep'],
		code: 'DATA_LOSS',
		says: /table users: 2 rows[\s\S]*--accept-data-loss/,
	},
	'an unknown option': {
		command: 'migrate',
		args: ['--nope'],
		code: 'USAGE',
		exitCode: 2,
		says: /usage: pnpm db:migrate/,
	},
	'a surplus argument': { command: 'migrate', args: ['head', 'base'], code: 'USAGE', exitCode: 2 },
	'a rollback without target': { command: 'rollback', code: 'USAGE', exitCode: 2 },
	'a bad range': { command: 'history', args: ['-r', '0000'], code: 'USAGE', exitCode: 2 },
	'a bad duration': { command: 'migrate', args: ['--lock-wait', 'soon'], code: 'USAGE', exitCode: 2 },
	'a missing configuration file': {
		command: 'current',
		args: ['--config', 'nope.ts'],
		code: 'CONFIG_INVALID',
	},
	'a configuration file that throws': {
		project: { files: { 'drizzle.config.ts': 'throw new Error("boom")' } },
		command: 'current',
		code: 'CONFIG_INVALID',
		says: /boom/,
	},
	'a configuration that is null': {
		project: { files: { 'x.json': 'null' } },
		command: 'current',
		args: ['--config', 'x.json'],
		code: 'CONFIG_INVALID',
	},
	'a configuration with many mistakes': {
		project: {
			config: { dialect: 'mysql', out: 5, migrations: { table: 7, prefix: 'x' } },
			companion: { nope: 1, lockWait: -1 },
		},
		command: 'current',
		code: 'CONFIG_INVALID',
		says: /dialect[\s\S]*out[\s\S]*prefix[\s\S]*table[\s\S]*nope[\s\S]*lockWait/,
	},
	'a URL of another database system': {
		command: 'current',
		env: { DATABASE_URL: 'mysql://root@localhost/x' },
		code: 'CONFIG_INVALID',
		says: /DATABASE_URL is not a PostgreSQL URL/,
	},
	'no database in production': {
		command: 'migrate',
		env: { DATABASE_URL: '', NODE_ENV: 'production' },
		code: 'DATABASE_URL_MISSING',
	},
	'a host where nothing answers': {
		command: 'current',
		env: { DATABASE_URL: 'postgres://u@127.0.0.1:1/x' },
		code: 'DATABASE_UNREACHABLE',
		says: /u@127\.0\.0\.1:1\/x/,
	},
	'a host that does not exist': {
		command: 'current',
		env: { DATABASE_URL: 'postgres://u@no-such-host.invalid/x' },
		code: 'DATABASE_UNREACHABLE',
	},
};

const noStack = /^\s+at .*\(?.*:\d+:\d+\)?$/m;

async function openCase({
	project: spec = { migrations },
	applied = 0,
	before,
}: BadInput): Promise<TestProject> {
	const project = aProject(spec);
	if (applied > 0) await migrateTo(project, applied);
	await before?.(project);
	return project;
}

async function migrateTo({ root }: TestProject, position: number): Promise<void> {
	const { migrate } = await import('../../src/kit/commands/migrate.ts');
	await migrate({ cwd: root, url: database.url, target: `base+${position}` });
}

async function readState(project: TestProject): Promise<unknown> {
	return [project.listFiles(), await readSchema(database), await ledgerRows()];
}

async function ledgerRows(): Promise<unknown> {
	return await readRows(database).catch(() => database.query('SELECT * FROM drizzle.__drizzle_migrations'));
}

function assertText(
	{ stdout, stderr, exitCode }: ScriptResult,
	{ code, exitCode: expected = 1, says }: BadInput,
): void {
	expect(stderr).toContain(`error[${code}]: `);
	expect(exitCode).toBe(expected);
	expect(stdout).toBe('');
	expect(stderr).not.toMatch(noStack);
	if (says !== undefined) expect(stderr).toMatch(says);
}

function assertJson(result: ScriptResult, { code, exitCode: expected = 1 }: BadInput): void {
	const { error } = readJson<{ error: Record<string, unknown> }>(result);
	expect(error).toMatchObject({ code, message: expect.any(String), details: expect.any(Object) });
	expect(Object.keys(error)).toEqual(['code', 'message', 'hint', 'details']);
	expect(result.exitCode).toBe(expected);
	expect(result.stderr).not.toMatch(noStack);
}

describe('bad input gets a clear error and changes nothing', () => {
	test.each(Object.entries(cases))('%s', async (_, bad) => {
		const project = await openCase(bad);
		const before = await readState(project);
		const run = { cwd: project.root, env: { DATABASE_URL: database.url, ...bad.env } };
		const [plain, json] = await Promise.all([
			runScript(bad.command, bad.args ?? [], run),
			runScript(bad.command, [...(bad.args ?? []), '--json'], run),
		]);
		assertText(plain, bad);
		assertJson(json, bad);
		expect(await readState(project)).toEqual(before);
	});
});

describe('a password never appears', () => {
	const password = 'p@ss:w/rd?#[]%z';
	const pieces = /p@ss|ss:w|w\/rd|rd\?#|%5B%5D|p%40ss/;

	async function runAll(url: string, args: readonly string[] = []): Promise<readonly ScriptResult[]> {
		const project = aProject({ migrations, files: { '.env': `DATABASE_URL='${url}'\n` } });
		return await Promise.all([
			runScript('current', args, { cwd: project.root }),
			runScript('current', [...args, '--json'], { cwd: project.root }),
		]);
	}

	test('when it is right, percent-encoded', async () => {
		const role = nameRole('odd');
		await database.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
		try {
			for (const { stdout, stderr, exitCode } of await runAll(database.urlFor(role, password))) {
				expect(exitCode).toBe(0);
				expect(stderr).toContain(`${role}@`);
				expect(stdout + stderr).not.toMatch(pieces);
			}
		} finally {
			await database.query(`DROP ROLE ${role}`);
		}
	});

	test('in the tables that the kit writes', async () => {
		await database.empty();
		const role = nameRole('odd');
		await database.query(`CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD '${password}'`);
		try {
			const project = aProject({
				migrations: [
					{ tag: '0000_a', up: 'CREATE TABLE a ();', down: 'DROP TABLE a;' },
					{ tag: '0001_b', up: 'CREATE INDEX CONCURRENTLY i ON a (missing);' },
				],
			});
			const url = database.urlFor(role, password);
			for (const name of ['migrate', 'rollback']) {
				const args = name === 'migrate' ? ['--url', url] : ['base', '--yes', '--url', url];
				const { stdout, stderr } = await runScript(name, args, { cwd: project.root });
				expect(stdout + stderr).not.toMatch(pieces);
			}
			const [tables] = await database.query<{ text: string }>(
				`SELECT schema_to_xml('drizzle', true, false, '')::text AS text`,
			);
			expect(tables?.text).toContain(role);
			expect(tables?.text).not.toMatch(pieces);
		} finally {
			await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
		}
	});

	test('when it is wrong', async () => {
		for (const { stdout, stderr, exitCode } of await runAll(database.urlFor('postgres', password))) {
			expect([exitCode, stderr.includes('error[DATABASE_UNREACHABLE]')]).toEqual([1, true]);
			expect(stdout + stderr).not.toMatch(pieces);
			expect(stderr).not.toMatch(noStack);
		}
	});

	test.each([
		['all of them', password],
		['an at sign and a slash', 'p@ss/w'],
		['a hash', 'p@ss#w'],
		['a question mark', 'p@ss?w'],
		['only a slash behind digits', '12/p@ss'],
		['only a hash behind digits', '12#p@ss'],
		['a lonely per cent sign', '%E0%A4p%40ss'],
	])('when it stands in the URL with %s as it is', async (_, unencoded) => {
		for (const { stdout, stderr, exitCode } of await runAll(`postgres://app:${unencoded}@127.0.0.1:1/shop`)) {
			expect(exitCode).toBe(1);
			expect(stderr).toMatch(/error\[(CONFIG_INVALID|DATABASE_UNREACHABLE)\]/);
			expect(stderr).not.toMatch(noStack);
			expect(stdout + stderr).not.toMatch(/p@ss|ss\/w|ss#w|ss\?w|@12|p%40ss/);
		}
	});

	test('when a URL stands where it does not belong', async () => {
		const url = 'postgres://app:p%40ss@127.0.0.1:1/shop';
		const { root } = aProject({ migrations });
		const env = { DATABASE_URL: database.url };
		for (const args of [[url], ['head', url], [`--urll=${url}`], ['--lock-wait', url], ['--config', url]])
			for (const json of [[], ['--json']]) {
				const { stdout, stderr, exitCode } = await runScript('migrate', [...args, ...json], {
					cwd: root,
					env,
				});
				expect(exitCode).toBeGreaterThan(0);
				expect(stdout + stderr).not.toContain('p%40ss');
			}
	});
});

test('usage errors are told before anything is connected, and help needs nothing at all', async () => {
	const { root } = aProject({ files: { 'drizzle.config.ts': 'throw new Error("boom")' } });
	const help = await runScript('rollback', ['--help'], { cwd: root });
	expect([help.exitCode, help.stderr]).toEqual([0, '']);
	expect(help.stdout).toContain('usage: pnpm db:rollback <target> [options]');
	const wrong = await runScript('rollback', ['-1', '--nope'], { cwd: root });
	expect(wrong.exitCode).toBe(2);
	expect(readFileSync(`${root}/drizzle.config.ts`, 'utf8')).toContain('boom');
});
