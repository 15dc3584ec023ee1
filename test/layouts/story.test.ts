import { createRequire } from 'node:module';
import { join } from 'node:path';
import pg from 'pg';
import { beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { baseline } from '../../src/kit/commands/baseline.ts';
import { check } from '../../src/kit/commands/check.ts';
import { generate } from '../../src/kit/commands/generate.ts';
import type { CreatedReport } from '../../src/kit/commands/generate-report.ts';
import { current, history } from '../../src/kit/commands/history.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { pull } from '../../src/kit/commands/pull.ts';
import { repair } from '../../src/kit/commands/repair.ts';
import { reverse } from '../../src/kit/commands/reverse.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import { verify } from '../../src/kit/commands/verify.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readSchema } from '../harness/ledger-rows.ts';
import { repository } from '../harness/repository.ts';
import { runProgram } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';
import { DRIZZLE_ONE, installDrizzleOne } from './install-drizzle-one.ts';

// Every test makes and proves several migrations.
vi.setConfig({ testTimeout: 600_000 });

const database = useDatabase();
beforeEach(() => database.empty());

const zero = join(repository, 'node_modules');
let one = '';
beforeAll(async () => {
	one = await installDrizzleOne();
}, 300_000);

const imports = `import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core';\n`;
const users = (columns: string) =>
	`export const users = pgTable('users', { id: serial().primaryKey(), ${columns} });\n`;
const posts = `export const posts = pgTable('posts', { id: serial().primaryKey(), userId: integer('user_id').references(() => users.id) });\n`;

const shadow = () => `SHADOW_DATABASE_URL=${inject('serverUrl')}\n`;

function open(modules: string, files: Readonly<Record<string, string>> = {}) {
	const project = aProject({
		modules,
		files: { '.env': shadow(), 'schema.ts': imports + users('name: text()'), ...files },
	});
	const options = { cwd: project.root, url: database.url };
	return {
		...project,
		options,
		make: (message: string, ...renames: string[]) => make(project, message, renames),
	};
}

async function make(
	{ root }: TestProject,
	message: string,
	renames: readonly string[],
): Promise<CreatedReport> {
	const report = await generate({ cwd: root, message, renames });
	expect(report.kind).toBe('created');
	return report as CreatedReport;
}

async function runKit({ root }: { readonly root: string }, ...args: string[]) {
	return await runProgram(process.execPath, [join(root, 'node_modules/drizzle-kit/bin.cjs'), ...args], {
		cwd: root,
		env: { DATABASE_URL: database.url },
	});
}

/** drizzle-orm 1.0's own migrator, as an application calls it. */
async function migrateByOrm({ root }: { readonly root: string }): Promise<void> {
	const require = createRequire(join(one, 'require.cjs'));
	const { drizzle } = require('drizzle-orm/node-postgres');
	const { migrate: run } = require('drizzle-orm/node-postgres/migrator');
	const pool = new pg.Pool({ connectionString: database.url });
	try {
		await run(drizzle({ client: pool }), { migrationsFolder: join(root, 'drizzle') });
	} finally {
		await pool.end();
	}
}

async function readLedger(): Promise<unknown> {
	const columns = await database.query(
		`SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_name = '__drizzle_migrations' ORDER BY ordinal_position`,
	);
	const rows = await database.query(
		`SELECT id, hash, created_at, name, applied_at IS NULL AS is_old FROM drizzle.__drizzle_migrations ORDER BY id`,
	);
	return { columns, rows };
}

describe.each([
	['0.x', () => zero],
	[DRIZZLE_ONE, () => one],
] as const)('with drizzle %s', (_, modulesOf) => {
	test('the story: generate, migrate, change, rename, go back, verify, check, adopt', async () => {
		const project = open(modulesOf());
		const { options, write, make } = project;
		const first = await make('first tables');
		expect(first.tag).toMatch(/_first_tables$/);
		await migrate(options);
		write('schema.ts', imports + users('name: text(), age: integer()') + posts);
		const second = await make('posts');
		write('schema.ts', imports + users(`fullName: text('full_name'), age: integer()`) + posts);
		const error = await rejectionOf(make('rename'));
		expect([error.code, error.message]).toEqual([
			'RENAME_NEEDS_ANSWER',
			expect.stringContaining('users.full_name'),
		]);
		const third = await make('rename', 'users.name=users.full_name');
		expect(third.statements.join()).toContain('RENAME COLUMN "name" TO "full_name"');
		expect(await generate({ cwd: options.cwd })).toMatchObject({ kind: 'unchanged' });
		await migrate(options);
		await database.query(`INSERT INTO users (full_name) VALUES ('Ada')`);
		await rollback({ ...options, target: first.tag, acceptDataLoss: true });
		expect(await database.query('SELECT * FROM users')).toEqual([{ id: 1, name: 'Ada' }]);
		await migrate(options);
		const { entries, problems } = await history(options);
		expect(problems).toEqual([]);
		expect(entries.map(({ tag, state }) => [tag, state])).toEqual(
			[first, second, third].map(({ tag }) => [tag, 'applied']),
		);
		expect(await verify({ cwd: options.cwd })).toMatchObject({ isRight: true, differences: [] });
		const { findings } = await check({ cwd: options.cwd });
		expect(
			findings.filter(({ severity, code }) => severity === 'error' && code !== 'rename-breaks-code'),
		).toEqual([]);
		const { stdout, exitCode } = await runKit(project, 'check');
		expect([exitCode, stdout]).toEqual([0, expect.stringContaining("Everything's fine")]);
		await database.query('DROP SCHEMA drizzle CASCADE');
		await baseline(options);
		expect((await current(options)).isAtHead).toBe(true);
		expect((await runKit(project, 'migrate')).exitCode).toBe(0);
		expect((await current(options)).isAtHead).toBe(true);
	});

	test('a migration written by hand gets its way back', async () => {
		const { options, write, make } = open(modulesOf());
		await make('init');
		const custom = (await generate({ cwd: options.cwd, custom: true, name: 'by_hand' })) as CreatedReport;
		expect(custom.tag).toMatch(/_by_hand$/);
		write(custom.files.up.slice(options.cwd.length + 1), 'CREATE VIEW v AS SELECT name FROM users;\n');
		expect((await reverse({ cwd: options.cwd })).migrations).toMatchObject([
			{ tag: custom.tag, result: 'written' },
		]);
		expect(await verify({ cwd: options.cwd })).toMatchObject({ isRight: true });
	});
});

describe(`drizzle ${DRIZZLE_ONE}`, () => {
	async function twoMigrations() {
		const project = open(one);
		await runKit(project, 'generate', '--name', 'first_tables');
		project.write('schema.ts', imports + users('name: text()') + posts);
		await runKit(project, 'generate', '--name', 'posts');
		return project;
	}

	test('alternates with ours on one database, and either leaves the same ledger', async () => {
		const project = await twoMigrations();
		await reverse({ cwd: project.root });
		await runKit(project, 'migrate');
		const theirs = await readLedger();
		const { entries } = await history(project.options);
		expect(entries[0]).toMatchObject({
			state: 'applied',
			how: 'other',
			appliedAt: expect.stringMatching(/^\d{4}-.*Z$/),
		});
		await database.empty();
		await migrate(project.options);
		expect(await readLedger()).toEqual(theirs);
		await migrateByOrm(project);
		expect(await readLedger()).toEqual(theirs);
		await rollback({ ...project.options, target: '-1', acceptDataLoss: true });
		await migrateByOrm(project);
		expect(await history(project.options)).toMatchObject({ position: 2, problems: [] });
		await rollback({ ...project.options, target: 'base', acceptDataLoss: true });
		expect(await readSchema(database)).toEqual([]);
	});

	test('a name that is there twice is refused in words, and drizzle-kit says which', async () => {
		const project = open(one, {
			'schema.ts': `${imports}${users('name: text()')}${users('age: text()').replace('const users', 'const again')}`,
		});
		const error = await rejectionOf(project.make('init'));
		expect([error.code, error.message]).toEqual([
			'CONFIG_INVALID',
			expect.stringContaining('has a name that'),
		]);
		expect(error.hint).toContain('npx drizzle-kit export');
		const { stdout, stderr } = await runKit(project, 'export');
		expect(stdout + stderr).toContain('duplicate table name "users"');
	});

	test('leaves our down files alone', async () => {
		const project = await twoMigrations();
		await reverse({ cwd: project.root });
		const before = project.listFiles();
		for (const command of ['check', 'generate', 'migrate', 'up']) {
			expect((await runKit(project, command)).exitCode).toBe(0);
		}
		expect(project.listFiles()).toEqual(before);
	});

	test('goes on where branches were merged that do not touch each other, and refuses those that do', async () => {
		const base = await twoMigrations();
		const branch = async (column: string) => {
			const copy = open(one, {
				...drizzleFiles(base.listFiles()),
				'schema.ts': imports + users(`name: text(), ${column}`) + posts,
			});
			expect((await runKit(copy, 'generate', '--name', 'branch')).exitCode).toBe(0);
			return drizzleFiles(copy.listFiles());
		};
		const left = await branch('age: integer()');
		await new Promise((resolve) => setTimeout(resolve, 1_100));
		const right = await branch('email: text()');
		const merged = open(one, {
			...left,
			...right,
			'schema.ts': imports + users('name: text(), age: integer(), email: text(), city: text()') + posts,
		});
		const { tag, statements } = await merged.make('city');
		expect(statements).toEqual([expect.stringContaining('ADD COLUMN "city"')]);
		expect(JSON.parse(merged.read(`drizzle/${tag}/snapshot.json`)).prevIds).toHaveLength(2);
		await migrate(merged.options);
		await reverse({ cwd: merged.root });
		expect(await verify({ cwd: merged.root })).toMatchObject({ isRight: true, differences: [] });
		const other = await branch('age: text()');
		const broken = open(one, {
			...left,
			...other,
			'schema.ts': imports + users('name: text(), age: text()') + posts,
		});
		const error = await rejectionOf(broken.make('more'));
		expect([error.code, error.message]).toEqual([
			'JOURNAL_INVALID',
			expect.stringMatching(/change the same thing: add_column: age on users table \(\d+_branch\) and /),
		]);
	});

	test('a database without migrations is pulled into a first folder, which drizzle-kit takes for its own', async () => {
		await database.query(`CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE users (id serial PRIMARY KEY, name text UNIQUE, mood mood);
			CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
		const project = aProject({ modules: one, files: { '.env': shadow() } });
		const options = { cwd: project.root, url: database.url };
		const { files } = await pull(options);
		expect(files.map((file) => file.split('/').at(-1))).toEqual([
			'schema.ts',
			'migration.sql',
			'down.sql',
			'snapshot.json',
		]);
		expect(await current(options)).toMatchObject({ isAtHead: true, position: 1 });
		expect(await generate({ cwd: project.root })).toMatchObject({ kind: 'unchanged' });
		for (const command of ['check', 'migrate']) expect((await runKit(project, command)).exitCode).toBe(0);
		expect(await history(options)).toMatchObject({ position: 1, problems: [] });
	});

	test('a project that is half-way between the layouts is refused', async () => {
		const { options, write } = await twoMigrations();
		write('drizzle/meta/_journal.json', '{"version":"7","dialect":"postgresql","entries":[]}');
		const error = await rejectionOf(history(options));
		expect([error.code, error.hint]).toEqual(['JOURNAL_INVALID', expect.stringContaining('drizzle-kit up')]);
	});
});

describe('from drizzle 0.x to 1.0', () => {
	/** A project that 0.x made and ours migrated, whose packages and folder have been brought to 1.0. */
	async function upgraded() {
		const project = open(zero);
		await project.make('first tables');
		await new Promise((resolve) => setTimeout(resolve, 1_100));
		project.write('schema.ts', imports + users('name: text()') + posts);
		await project.make('posts');
		await migrate(project.options);
		const newer = open(one, { ...drizzleFiles(project.listFiles()), 'schema.ts': project.read('schema.ts') });
		const error = await rejectionOf(generate({ cwd: newer.root }));
		expect([error.code, error.hint]).toEqual(['CONFIG_INVALID', expect.stringContaining('drizzle-kit up')]);
		expect((await runKit(newer, 'up')).exitCode).toBe(0);
		return newer;
	}

	test('the history stands, before the table is upgraded and after, and the down files follow', async () => {
		const project = await upgraded();
		const { options } = project;
		const before = await history(options);
		expect(before).toMatchObject({ position: 2, head: 2 });
		expect(before.entries[0]).toMatchObject({ how: 'apply', appliedBy: 'postgres' });
		expect(before.problems.map(({ code }) => code).sort()).toEqual([
			'DOWN_MISSING',
			'DOWN_MISSING',
			'FILE_ORPHANED',
			'FILE_ORPHANED',
		]);
		const { downMoves } = await repair({ ...options, yes: true });
		expect(downMoves).toHaveLength(2);
		expect((await history(options)).problems).toEqual([]);
		const [tag = ''] = before.entries.map((entry) => entry.tag);
		expect(project.read(`drizzle/${tag}/down.sql`)).toContain(`-- down of ${tag}: `);
		expect(await verify({ cwd: options.cwd })).toMatchObject({ isRight: true, differences: [] });
		await migrateByOrm(project);
		expect(await history(options)).toMatchObject({
			position: 2,
			problems: [],
			entries: [{ how: 'apply' }, { how: 'apply' }],
		});
		await rollback({ ...options, target: 'base', acceptDataLoss: true });
		expect(await database.query('SELECT * FROM drizzle.__drizzle_migrations')).toEqual([]);
		await migrate(options);
		expect((await current(options)).isAtHead).toBe(true);
	});

	test("ours upgrades the table as drizzle's own migrator does", async () => {
		const project = await upgraded();
		const { options } = project;
		await repair({ ...options, yes: true });
		const rows = await database.query<{ hash: string; created_at: string }>(
			'SELECT hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id',
		);
		project.write('schema.ts', imports + users('name: text(), age: integer()') + posts);
		await project.make('age');
		await runKit(project, 'migrate');
		const theirs = await readLedger();
		await database.empty();
		await database.query(`CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
			CREATE TABLE users (id serial PRIMARY KEY, name text);
			INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ${rows.map(({ hash, created_at }) => `('${hash}', ${created_at})`).join()}`);
		await migrate(options);
		expect(await readLedger()).toEqual(theirs);
	});

	test('a rollback works on the table as 0.x left it, and does not touch its columns', async () => {
		const { options } = await upgraded();
		await repair({ ...options, yes: true });
		await rollback({ ...options, target: '-1', acceptDataLoss: true });
		expect(await database.query('SELECT * FROM drizzle.__drizzle_migrations')).toMatchObject([{ id: 1 }]);
		const columns = await database.query(
			`SELECT column_name FROM information_schema.columns WHERE table_name = '__drizzle_migrations'`,
		);
		expect(columns).toHaveLength(3);
	});

	test('a row that an older replica wrote after the upgrade has no name: it is found, and repaired', async () => {
		const project = await upgraded();
		const { options } = project;
		await repair({ ...options, yes: true });
		await migrateByOrm(project);
		await database.query('UPDATE drizzle.__drizzle_migrations SET name = NULL WHERE id = 2');
		const { problems } = await history(options);
		expect(problems).toMatchObject([
			{ code: 'UNKNOWN_APPLIED', message: expect.stringContaining('has no name') },
		]);
		expect((await rejectionOf(migrate(options))).code).toBe('UNKNOWN_APPLIED');
		await repair({ ...options, yes: true });
		expect((await history(options)).problems).toEqual([]);
		await migrateByOrm(project);
		expect(await database.query('SELECT id FROM drizzle.__drizzle_migrations')).toHaveLength(2);
	});
});

function drizzleFiles(files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
	return Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith('drizzle/')));
}
