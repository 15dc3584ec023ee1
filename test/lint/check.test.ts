import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { aProject, type MigrationSpec, type TestProject } from '../harness/a-project.ts';
import { readJson, runScript } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';

const live = useDatabase();

beforeEach(() => live.empty());

interface CheckJson {
	readonly findings: readonly {
		readonly code: string;
		readonly severity: string;
		readonly what: string;
		readonly file?: string;
		readonly line?: number;
		readonly sql?: readonly string[];
	}[];
	readonly allowed: readonly { readonly code: string; readonly reason: string }[];
	readonly linted: readonly {
		readonly tag: string;
		readonly locks?: readonly {
			readonly effects: readonly { readonly lock: string; readonly size?: object }[];
		}[];
	}[];
	readonly notices: readonly string[];
	readonly errors: number;
	readonly warnings: number;
}

const schemaText = `import { integer, pgTable, text } from 'drizzle-orm/pg-core';
export const users = pgTable('users', { id: integer().primaryKey(), name: text() });
`;

const column = (name: string, type: string, primaryKey: boolean) => ({
	name,
	type,
	primaryKey,
	notNull: primaryKey,
});

/** The snapshot that drizzle-kit would have written. */
function snapshot(id: string, prevId: string, extra: Record<string, unknown> = {}): string {
	const users = {
		name: 'users',
		schema: '',
		columns: { id: column('id', 'integer', true), name: column('name', 'text', false), ...extra },
		...{
			indexes: {},
			foreignKeys: {},
			compositePrimaryKeys: {},
			uniqueConstraints: {},
			policies: {},
			checkConstraints: {},
		},
		isRLSEnabled: false,
	};
	return JSON.stringify({
		...{ id, prevId, version: '7', dialect: 'postgresql', tables: { 'public.users': users } },
		...{ enums: {}, schemas: {}, sequences: {}, roles: {}, policies: {}, views: {} },
		_meta: { columns: {}, schemas: {}, tables: {} },
	});
}

const origin = '00000000-0000-0000-0000-000000000000';
const ids = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
const create = 'CREATE TABLE "users" (\n\t"id" integer PRIMARY KEY NOT NULL,\n\t"name" text\n);\n';

/** A project in which nothing is wrong. */
function aCleanProject(second: Partial<MigrationSpec> = {}): TestProject {
	const project = aProject({
		migrations: [
			{ tag: '0000_init', up: create, down: 'DROP TABLE users;' },
			{
				tag: '0001_comment',
				up: "COMMENT ON TABLE users IS 'who';\n",
				down: 'COMMENT ON TABLE users IS NULL;',
				...second,
			},
		],
		files: { 'schema.ts': schemaText },
	});
	project.write('drizzle/meta/0000_snapshot.json', snapshot(ids[0] as string, origin));
	project.write('drizzle/meta/0001_snapshot.json', snapshot(ids[1] as string, ids[0] as string));
	return project;
}

async function check(project: TestProject, ...args: readonly string[]) {
	const env = { SHADOW_DATABASE_URL: live.url };
	const result = await runScript('check', [...args, '--json'], { cwd: project.root, env });
	return { ...result, report: readJson<CheckJson>(result) };
}

async function codesOf(project: TestProject, ...args: readonly string[]) {
	const { report, exitCode } = await check(project, ...args);
	return { codes: report.findings.map(({ code }) => code), exitCode };
}

describe('db:check without a database', () => {
	it('finds nothing in a project in which nothing is wrong, and exits 0', async () => {
		const { report, exitCode } = await check(aCleanProject(), '--strict', '--since', 'base');
		expect([report.findings, report.notices, exitCode]).toEqual([[], [], 0]);
		expect(report.linted.map(({ tag }) => tag)).toEqual(['0000_init', '0001_comment']);
	});

	it('finds nothing before the first migration, where there is no schema either', async () => {
		const project = aProject({ files: { 'schema.ts': schemaText } });
		expect(await codesOf(project)).toEqual({ codes: ['SCHEMA_NOT_GENERATED'], exitCode: 3 });
	});

	const breaks: readonly (readonly [what: string, code: string, change: (project: TestProject) => void])[] = [
		['a missing up file', 'FILE_MISSING', ({ remove }) => remove('drizzle/0000_init.sql')],
		['an orphaned file', 'FILE_ORPHANED', ({ write }) => write('drizzle/0007_lost.sql', 'SELECT 1;')],
		['a missing down file', 'DOWN_MISSING', ({ remove }) => remove('drizzle/0001_comment.down.sql')],
		[
			'an edited down file',
			'DOWN_UNPROVEN',
			({ read, write }) =>
				write('drizzle/0001_comment.down.sql', `${read('drizzle/0001_comment.down.sql')}SELECT 1;\n`),
		],
		[
			'a missing last snapshot',
			'SNAPSHOT_MISSING',
			({ remove }) => remove('drizzle/meta/0001_snapshot.json'),
		],
		[
			'a snapshot with conflict markers',
			'SNAPSHOT_INVALID',
			({ write }) => write('drizzle/meta/0001_snapshot.json', '{\n<<<<<<< HEAD\n=======\n>>>>>>> x\n}'),
		],
		[
			'a malformed snapshot',
			'SNAPSHOT_INVALID',
			({ write }) => write('drizzle/meta/0001_snapshot.json', '{"id": 1}'),
		],
		[
			'a snapshot whose index names no columns',
			'SNAPSHOT_INVALID',
			({ read, write }) => {
				const whole = JSON.parse(read('drizzle/meta/0001_snapshot.json'));
				const t = { name: 't', schema: '', columns: {}, indexes: { i: true }, foreignKeys: {} };
				const keys = { compositePrimaryKeys: {}, uniqueConstraints: {} };
				const tables = { 'public.t': { ...t, ...keys } };
				write('drizzle/meta/0001_snapshot.json', JSON.stringify({ ...whole, tables }));
			},
		],
		[
			'a snapshot that follows another',
			'SNAPSHOT_CHAIN_BROKEN',
			({ write }) => write('drizzle/meta/0001_snapshot.json', snapshot(ids[1] as string, origin)),
		],
		[
			'a snapshot of no entry',
			'SNAPSHOT_ORPHANED',
			({ write }) => write('drizzle/meta/0009_snapshot.json', '{}'),
		],
		[
			'a journal with conflict markers',
			'JOURNAL_INVALID',
			({ read, write }) =>
				write(
					'drizzle/meta/_journal.json',
					read('drizzle/meta/_journal.json').replace('[', '[\n<<<<<<< HEAD'),
				),
		],
		['a journal that is gone', 'JOURNAL_NOT_FOUND', ({ remove }) => remove('drizzle/meta/_journal.json')],
		[
			'a `when` that goes back',
			'OUT_OF_ORDER',
			({ read, write }) =>
				write(
					'drizzle/meta/_journal.json',
					read('drizzle/meta/_journal.json').replace('1795354684091', '1795354683000'),
				),
		],
		[
			'a schema that nobody generated',
			'SCHEMA_NOT_GENERATED',
			({ write }) => write('schema.ts', schemaText.replace('name: text()', 'name: text(), age: integer()')),
		],
		[
			'a schema that does not load',
			'CONFIG_INVALID',
			({ write }) => write('schema.ts', 'export const x = (;'),
		],
		[
			'SQL that does not parse',
			'syntax-error',
			({ write }) => write('drizzle/0001_comment.sql', 'COMENT ON TABLE users;'),
		],
		[
			'SQL that does not run',
			'STATEMENT_FAILED',
			({ write }) => write('drizzle/0001_comment.sql', 'ALTER TABLE nobody ADD COLUMN x int;'),
		],
		[
			'an earlier migration that does not run',
			'STATEMENT_FAILED',
			({ write }) => write('drizzle/0000_init.sql', 'ALTER TABLE nobody ADD COLUMN x int;'),
		],
		[
			'a dangerous statement',
			'drop-column',
			({ write }) => write('drizzle/0001_comment.sql', 'ALTER TABLE users DROP COLUMN name;'),
		],
	];

	it.each(breaks)('finds %s and exits 3: %s', async (_what, code, change) => {
		const project = aCleanProject();
		change(project);
		const { report, exitCode } = await check(project);
		const found = report.findings.find((finding) => finding.code === code);
		expect(found, JSON.stringify(report.findings)).toMatchObject({
			severity: 'error',
			what: expect.any(String),
		});
		expect(found?.file).toMatch(/^\//);
		expect(found?.line).toBeGreaterThan(0);
		expect(exitCode).toBe(3);
	});

	it('shows the SQL that generate would write, and asks no question about renames', async () => {
		const project = aCleanProject();
		project.write('schema.ts', schemaText.replace('name: text()', 'full_name: text()'));
		const { report } = await check(project);
		expect(report.findings.find(({ code }) => code === 'SCHEMA_NOT_GENERATED')?.sql).toEqual([
			'ALTER TABLE "users" ADD COLUMN "full_name" text;',
			'ALTER TABLE "users" DROP COLUMN "name";',
		]);
	});

	it('only warns of missing downs in a project that has none at all', async () => {
		const project = aCleanProject();
		for (const tag of ['0000_init', '0001_comment']) project.remove(`drizzle/${tag}.down.sql`);
		expect(await codesOf(project)).toEqual({ codes: ['DOWN_MISSING', 'DOWN_MISSING'], exitCode: 0 });
		expect((await codesOf(project, '--strict')).exitCode).toBe(3);
	});

	it('takes a reason in the SQL for an answer', async () => {
		const up =
			'-- companion: allow drop-column, down-missing because nobody reads it\nALTER TABLE users DROP COLUMN name;\n';
		const project = aCleanProject({ up });
		project.remove('drizzle/0001_comment.down.sql');
		const { report, exitCode } = await check(project);
		expect([report.findings, exitCode]).toEqual([[], 0]);
		expect(report.allowed.map(({ code, reason }) => [code, reason])).toEqual([
			['DOWN_MISSING', 'nobody reads it'],
			['drop-column', 'nobody reads it'],
		]);
	});

	it('lets a proven migration keep its proof when it is given an allowance', async () => {
		const project = aCleanProject({
			up: 'ALTER TABLE users DROP COLUMN name;',
			down: 'ALTER TABLE users ADD COLUMN name text;',
		});
		project.write(
			'drizzle/0001_comment.sql',
			'-- companion: allow drop-column because nobody reads it\nALTER TABLE users DROP COLUMN name;\n',
		);
		const { report } = await check(project);
		expect([report.findings, report.allowed.map(({ code }) => code)]).toEqual([[], ['drop-column']]);
	});

	it('lints the last migration only, unless told otherwise', async () => {
		const project = aCleanProject();
		project.write('drizzle/0000_init.sql', `${create}DROP TABLE IF EXISTS elsewhere;`);
		expect((await codesOf(project)).codes).not.toContain('drop-table');
		expect((await codesOf(project, '--since', 'base')).codes).toContain('drop-table');
		expect((await codesOf(project, '--since', '0000')).codes).not.toContain('drop-table');
	});

	it('goes by the SQL alone with --no-measure', async () => {
		const project = aCleanProject({ up: 'ALTER TABLE users ALTER COLUMN name SET NOT NULL;\n' });
		const { report } = await check(project, '--no-measure');
		expect(report.findings.map(({ code }) => code)).toContain('set-not-null');
		expect(report.linted).toEqual([{ tag: '0001_comment' }]);
	});
});

describe('what db:check prints', () => {
	const danger = {
		up: 'ALTER TABLE users DROP COLUMN name;\n',
		down: 'ALTER TABLE users ADD COLUMN name text;',
	};
	const run = (project: TestProject, args: readonly string[], env = {}) =>
		runScript('check', args, { cwd: project.root, env: { SHADOW_DATABASE_URL: live.url, ...env } });

	it('is readable: code, file and line, what, why, how, and the locks', async () => {
		const { stdout, exitCode } = await run(aCleanProject(danger), []);
		expect(stdout).toContain(
			'error[drop-column] drizzle/0001_comment.sql:1:1\n  Column users.name is dropped with its values.\n  why  ',
		);
		expect(stdout).toContain('users: ACCESS EXCLUSIVE (blocks reads and writes)');
		expect(exitCode).toBe(3);
	});

	it('annotates for GitHub where it runs there', async () => {
		const { stdout } = await run(aCleanProject(danger), [], { GITHUB_ACTIONS: 'true' });
		expect(stdout).toContain(
			'::error file=drizzle/0001_comment.sql,line=1,col=1,title=drop-column::Column users.name is dropped',
		);
		const json = await run(aCleanProject(danger), ['--json'], { GITHUB_ACTIONS: 'true' });
		expect(readJson<CheckJson>(json).errors).toBe(1);
		expect(json.stderr).toContain('::error file=');
	});

	it('is SARIF on demand, on stdout or in a file', async () => {
		const project = aCleanProject(danger);
		const sarif = readJson<{
			version: string;
			runs: { results: object[]; tool: { driver: { rules: object[] } } }[];
		}>(await run(project, ['--sarif']));
		expect(sarif.version).toBe('2.1.0');
		expect(sarif.runs[0]?.results).toMatchObject([
			{
				ruleId: 'drop-column',
				ruleIndex: 0,
				level: 'error',
				locations: [
					{
						physicalLocation: {
							artifactLocation: { uri: 'drizzle/0001_comment.sql' },
							region: { startLine: 1, startColumn: 1 },
						},
					},
				],
			},
		]);
		await run(project, ['--sarif', '--output', 'check.sarif']);
		expect(JSON.parse(readFileSync(join(project.root, 'check.sarif'), 'utf8'))).toEqual(sarif);
	});

	it('refuses two documents at once', async () => {
		expect((await run(aCleanProject(), ['--sarif', '--json'])).exitCode).toBe(2);
	});
});

describe('db:check --database', () => {
	const url = () => ['--database', '--url', live.url];

	it('finds an edited migration and drift, and lints what is pending', async () => {
		const project = aCleanProject();
		await runScript('migrate', ['0000', '--url', live.url], { cwd: project.root });
		expect(await codesOf(project, ...url())).toEqual({ codes: [], exitCode: 0 });
		await live.query('ALTER TABLE users ADD COLUMN stray text');
		project.write('drizzle/0000_init.sql', `${create}-- edited\n`);
		const { report, exitCode } = await check(project, ...url());
		expect(report.findings.map(({ code }) => code).sort()).toEqual(['DOWN_UNPROVEN', 'DRIFT', 'EDITED']);
		expect(report.findings.find(({ code }) => code === 'DRIFT')?.sql?.[0]).toMatch(/DROP COLUMN "?stray"?/);
		expect(exitCode).toBe(3);
	});

	it('does not call a migration edited that was given an allowance after it was applied', async () => {
		const project = aCleanProject({
			up: 'ALTER TABLE users DROP COLUMN name;\n',
			down: 'ALTER TABLE users ADD COLUMN name text;',
		});
		const cwd = { cwd: project.root };
		await runScript('migrate', ['--url', live.url], cwd);
		const hashes = await live.query('SELECT hash FROM drizzle.__drizzle_migrations');
		project.write(
			'drizzle/0001_comment.sql',
			'ALTER TABLE users DROP COLUMN name; -- companion: allow drop-column because nobody reads it\n',
		);
		expect(await codesOf(project, ...url(), '--since', '0000')).toEqual({ codes: [], exitCode: 0 });
		const current = await runScript('current', ['--check', '--url', live.url], cwd);
		expect([current.exitCode, current.stdout + current.stderr]).toEqual([
			0,
			expect.not.stringMatching(/line ends|edited/),
		]);
		expect(await live.query('SELECT hash FROM drizzle.__drizzle_migrations')).toEqual(hashes);
		expect((await runScript('rollback', ['-1', '--url', live.url], cwd)).exitCode).toBe(0);
		project.write('drizzle/0000_init.sql', `${create}-- companion: but this is none\n`);
		expect((await codesOf(project, ...url())).codes).toContain('EDITED');
	});

	it('can go back by the down that the log kept, although the allowance came after the proof', async () => {
		const project = aCleanProject({
			up: 'ALTER TABLE users DROP COLUMN name;\n',
			down: 'ALTER TABLE users ADD COLUMN name text;',
		});
		const cwd = { cwd: project.root };
		const allowed = `-- companion: allow drop-column because nobody reads it\n${project.read('drizzle/0001_comment.sql')}`;
		project.write('drizzle/0001_comment.sql', allowed);
		await runScript('migrate', ['--url', live.url], cwd);
		project.remove('drizzle/0001_comment.down.sql');
		const back = await runScript('rollback', ['-1', '--url', live.url], cwd);
		expect(back.exitCode, back.stderr).toBe(0);
	});

	it('adds rows and bytes of the tables that are touched', async () => {
		const project = aCleanProject();
		await runScript('migrate', ['0000', '--url', live.url], { cwd: project.root });
		await live.query('INSERT INTO users SELECT n FROM generate_series(1, 5000) n; ANALYZE users');
		const { report } = await check(project, ...url());
		expect(report.linted[0]?.locks?.[0]?.effects[0]?.size).toEqual({ rows: 5000, bytes: expect.any(Number) });
	});
});
