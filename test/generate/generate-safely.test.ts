import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rollback } from '../../src/kit/commands/rollback.ts';
import type { StatementLocks } from '../../src/kit/locks/statement-locks.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { repository } from '../harness/repository.ts';
import { readJson, runProgram, runScript } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';
import { DRIZZLE_ONE, installDrizzleOne } from '../layouts/install-drizzle-one.ts';

const database = useDatabase();
const zero = join(repository, 'node_modules');
let one: string;

beforeAll(async () => {
	one = await installDrizzleOne();
}, 300_000);
beforeEach(() => database.empty());

interface CreatedJson {
	readonly tag: string;
	readonly statements: readonly string[];
	readonly reversibility: string;
	readonly locks: readonly StatementLocks[];
	readonly notices: readonly string[];
}

interface SplitJson {
	readonly kind: 'split';
	readonly migrations: readonly CreatedJson[];
	readonly changes: readonly string[];
	readonly notices: readonly string[];
}

const imports = `import { bigint, index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core';\n`;

const before = `export const users = pgTable('users', { id: integer().primaryKey(), email: text(), age: integer() });
export const posts = pgTable('posts', { id: integer().primaryKey(), author: integer(), title: text() }, (t) => [index('posts_title_idx').on(t.title)]);`;

const after = `export const users = pgTable('users', { id: integer().primaryKey(), email: text().notNull().unique(), age: integer(), token: uuid().defaultRandom().notNull() }, (t) => [index('users_age_idx').on(t.age)]);
export const posts = pgTable('posts', { id: integer().primaryKey(), author: integer().references(() => users.id), title: text(), body: text() });`;

async function aProjectWithRows(modules: string): Promise<TestProject> {
	const project = aProject({ modules, files: { 'schema.ts': imports + before } });
	await run(project, 'generate', '-m', 'init');
	await run(project, 'migrate');
	await database.query(`INSERT INTO users SELECT n, 'u' || n, n FROM generate_series(1, 3000) n;
		INSERT INTO posts SELECT n, n, 't' || n FROM generate_series(1, 3000) n`);
	return project;
}

async function run(project: TestProject, script: string, ...args: readonly string[]) {
	const env = { DATABASE_URL: database.url, SHADOW_DATABASE_URL: database.url };
	return await runScript(script, args, { cwd: project.root, env });
}

async function runKit(project: TestProject, ...args: readonly string[]) {
	const program = join(project.root, 'node_modules/drizzle-kit/bin.cjs');
	return await runProgram(process.execPath, [program, ...args], { cwd: project.root });
}

async function readRows() {
	return await database.query(
		"SELECT (SELECT jsonb_agg(to_jsonb(u) - 'token' ORDER BY id) FROM users u) AS users, (SELECT jsonb_agg(to_jsonb(p) - 'body' ORDER BY id) FROM posts p) AS posts",
	);
}

describe.each([
	['0.x', () => zero],
	[DRIZZLE_ONE, () => one],
] as const)('generate --safe with drizzle %s', (_version, modulesOf) => {
	test('writes steps that leave nothing to complain of, and each goes back with every row', async () => {
		const project = await aProjectWithRows(modulesOf());
		const rows = await readRows();
		project.write('schema.ts', imports + after);
		const result = await run(project, 'generate', '--safe', '-m', 'tokens', '--json');
		expect(result.exitCode, result.stderr).toBe(0);
		const { kind, migrations, changes, notices } = readJson<SplitJson>(result);
		expect([kind, notices]).toEqual(['split', []]);
		const names = migrations.map(({ tag }) => tag.replace(/^\d+_tokens_/, ''));
		expect(names).toEqual(expect.arrayContaining(['drop_posts_title_idx', 'change', 'index_users_age_idx']));
		expect(names.slice(-4)).toEqual(['fill', 'guard', 'validate', 'finish']);
		expect(new Set(migrations.map(({ tag }) => tag.split('_')[0])).size).toBe(migrations.length);
		expect(changes.length).toBeGreaterThan(4);
		expect(migrations.flatMap((migration) => migration.notices)).toEqual([]);
		expect(migrations.map(({ reversibility }) => reversibility)).not.toContain('irreversible');
		const checked = await run(project, 'check', '--since', '1', '--json');
		const { findings } = readJson<{ findings: readonly { severity: string; what: string }[] }>(checked);
		expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
		expect((await runKit(project, 'generate')).stdout).toMatch(/No schema changes/);
		expect(await runKit(project, 'check')).toMatchObject({
			exitCode: 0,
			stdout: expect.stringContaining("Everything's fine"),
		});
		expect((await run(project, 'verify')).exitCode).toBe(0);
		const migrated = await run(project, 'migrate');
		expect(migrated.exitCode, migrated.stderr).toBe(0);
		const [filled] = await database.query('SELECT count(DISTINCT token)::int AS tokens FROM users');
		expect(filled).toEqual({ tokens: 3000 });
		expect((await run(project, 'drift')).exitCode).toBe(0);
		for (const _ of migrations)
			await rollback({ cwd: project.root, url: database.url, target: '-1', acceptDataLoss: true });
		expect(await readRows()).toEqual(rows);
		expect((await run(project, 'drift')).exitCode).toBe(0);
		expect((await run(project, 'migrate')).exitCode).toBe(0);
		expect(await readRows()).toEqual(rows);
		expect((await run(project, 'current', '--check')).exitCode).toBe(0);
	}, 300_000);

	test('writes one ordinary migration where nothing is unsafe, and says what has no safe form', async () => {
		const project = await aProjectWithRows(modulesOf());
		project.write('schema.ts', imports + before.replace('email: text()', 'email: text(), nick: text()'));
		const plain = readJson(await run(project, 'generate', '--safe', '--json'));
		expect(plain).toMatchObject({
			kind: 'created',
			notices: [],
			statements: [expect.stringContaining('"nick" text')],
		});
		project.write(
			'schema.ts',
			imports +
				before
					.replace('age: integer()', 'age: bigint({ mode: "number" })')
					.replace('email: text()', 'email: text(), nick: text()'),
		);
		const typed = readJson<CreatedJson>(await run(project, 'generate', '--safe', '--json'));
		expect(typed.notices.join()).toMatch(/type-change-rewrites/);
		expect(readJson(await run(project, 'generate', '--safe', '--json'))).toMatchObject({ kind: 'unchanged' });
	}, 300_000);
});
