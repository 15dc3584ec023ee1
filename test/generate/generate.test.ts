import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, test } from 'vitest';
import { type GenerateOptions, generate } from '../../src/kit/commands/generate.ts';
import type { CreatedReport } from '../../src/kit/commands/generate-report.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { repository } from '../harness/repository.ts';
import { runProgram } from '../harness/run-script.ts';
import { drizzleImports } from './drizzle-imports.ts';

let project: TestProject;

beforeEach(() => {
	project = aProject({ files: { '.env': `SHADOW_DATABASE_URL=${inject('serverUrl')}\n` } });
});

function declare(source: string): void {
	project.write('schema.ts', drizzleImports + source);
}

async function run(source: string | undefined, options: GenerateOptions = {}): Promise<CreatedReport> {
	if (source !== undefined) declare(source);
	const report = await generate({ cwd: project.root, ...options });
	if (report.kind !== 'created') throw new Error('nothing was created');
	return report;
}

/** The migrations folder: path and text. */
function listMigrations(): Readonly<Record<string, string>> {
	return Object.fromEntries(
		Object.entries(project.listFiles()).filter(([path]) => path.startsWith('drizzle/')),
	);
}

function trim(statements: readonly string[]): string[] {
	return statements.map((statement) => statement.trim());
}

const users = (columns = '') =>
	`export const users = pgTable('users', { id: serial().primaryKey(), email: varchar({ length: 120 }).notNull().unique(), ${columns} });`;

describe('the ordinary case', () => {
	test('writes up, down, snapshot and journal entry, named after the message', async () => {
		await run(users(), { message: 'init' });
		const report = await run(users('nickname: varchar({ length: 50 })'), {
			message: 'add nickname to users',
		});
		expect(report).toMatchObject({
			tag: '0001_add_nickname_to_users',
			statements: ['ALTER TABLE "users" ADD COLUMN "nickname" varchar(50);'],
			downReversibility: 'lossy',
			loses: [{ subject: 'column users.nickname' }],
			upLoses: [],
			notices: [],
		});
		expect(Object.keys(listMigrations())).toEqual([
			'drizzle/0000_init.down.sql',
			'drizzle/0000_init.sql',
			'drizzle/0001_add_nickname_to_users.down.sql',
			'drizzle/0001_add_nickname_to_users.sql',
			'drizzle/meta/0000_snapshot.json',
			'drizzle/meta/0001_snapshot.json',
			'drizzle/meta/_journal.json',
		]);
		expect(project.read('drizzle/0001_add_nickname_to_users.down.sql')).toMatch(
			/^-- down of 0001_add_nickname_to_users: lossy\n-- loses: column users\.nickname\n-- proof: up [0-9a-f]{8}, down [0-9a-f]{8}, PostgreSQL .*\nALTER TABLE .* DROP COLUMN "nickname";\n$/,
		);
	});

	test('says so when nothing changed, and writes nothing', async () => {
		await run(users());
		const before = listMigrations();
		expect(await generate({ cwd: project.root })).toEqual({ kind: 'unchanged', notices: [] });
		expect(listMigrations()).toEqual(before);
	});

	test('makes a name from the change when none is given', async () => {
		expect((await run(users())).tag).toBe('0000_init');
		expect((await run(users('nick: text()'))).tag).toBe('0001_add_users_nick');
		expect((await run(users('nick: text()'), { custom: true, message: 'Fill in nicks' })).tag).toBe(
			'0002_fill_in_nicks',
		);
	});

	test('gives every entry a later time than all before it', async () => {
		await run(users());
		const far = Date.now() + 1_000_000_000;
		const journal = project.read('drizzle/meta/_journal.json').replace(/"when": \d+/, `"when": ${far}`);
		project.write('drizzle/meta/_journal.json', journal);
		await run(users('nick: text()'));
		// Drizzle 1.0 names folders by the second: no two migrations share one.
		const nextSecond = (Math.floor(far / 1_000) + 1) * 1_000;
		expect(JSON.parse(project.read('drizzle/meta/_journal.json')).entries[1].when).toBe(nextSecond);
	});

	test('writes an empty file for hand-written SQL, with a snapshot of its own and no down', async () => {
		await run(users());
		const report = await run(undefined, { custom: true, name: 'trigger' });
		expect(report.files.down).toBeUndefined();
		expect(project.read('drizzle/0001_trigger.sql')).toBe(
			'-- Custom SQL migration file, put your code below! --',
		);
		const [first, second] = ['0000', '0001'].map((name) =>
			JSON.parse(project.read(`drizzle/meta/${name}_snapshot.json`)),
		);
		expect(second).toEqual({ ...first, id: expect.not.stringMatching(first.id), prevId: first.id });
	});
});

describe('drizzle-kit itself', () => {
	const drizzleKit = (...args: string[]) =>
		runProgram(join(repository, 'node_modules/.bin/drizzle-kit'), args, { cwd: project.root });

	const steps = [
		users(),
		`${users('tags: text().array().default([]), meta: jsonb().default({ a: 1 })')}
		export const posts = pgTable('posts', { id: integer().primaryKey().generatedAlwaysAsIdentity(), author: integer().notNull().references(() => users.id, { onDelete: 'cascade' }), body: text() }, (t) => [unique().on(t.author, t.body), index('posts_body').on(t.body.desc()), check('body', sql\`length(\${t.body}) < 9000\`)]);
		export const postsRelations = relations(posts, ({ one }) => ({ author: one(users) }));
		export const auth = pgSchema('auth'); export const role = auth.enum('role', ['a', 'b']);
		export const members = auth.table('members', { a: integer(), b: role().default('a') }, (t) => [primaryKey({ columns: [t.a, t.b] })]);
		export const v = pgView('v').as((q) => q.select().from(posts));`,
	];

	test.each([[{}], [{ breakpoints: false }], [{ casing: 'snake_case', migrations: { prefix: 'unix' } }]])(
		'writes the same bytes, ids and times apart, with %j',
		async (config) => {
			project = aProject({ config, files: { '.env': project.read('.env') } });
			for (const [index, step] of steps.entries()) await run(step, { name: `step${index}` });
			const ours = normalise(listMigrations());
			rmSync(join(project.root, 'drizzle'), { recursive: true });
			for (const [index, step] of steps.entries()) {
				declare(step);
				await drizzleKit('generate', '--name', `step${index}`);
				if ('migrations' in config) await new Promise((resolve) => setTimeout(resolve, 1000));
			}
			expect(ours).toEqual(normalise(listMigrations()));
		},
	);

	function normalise(files: Readonly<Record<string, string>>): string[] {
		return Object.entries(files)
			.filter(([path]) => !path.endsWith('.down.sql'))
			.map(([path, text]) => `${path}\n${text}`)
			.map((text) =>
				text
					.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>')
					.replace(/"when": \d+/g, '"when": 0')
					.replace(/\b\d{10}_/g, '<time>_'),
			);
	}

	test('sees no change after ours, and finds nothing to complain of', async () => {
		for (const step of steps) await run(step);
		await run(steps[1]?.replaceAll("'members'", "'people'"), { renames: ['auth.members=auth.people'] });
		await run(undefined, { custom: true });
		expect((await drizzleKit('generate')).stdout).toContain('No schema changes');
		expect(await drizzleKit('check')).toMatchObject({
			exitCode: 0,
			stdout: expect.stringContaining("Everything's fine"),
		});
	});
});

describe('renames', () => {
	test('writes nothing and names the candidates where an answer is missing', async () => {
		await run(users('name: text()'));
		const before = listMigrations();
		declare(users('fullName: text("full_name")'));
		const error = await rejectionOf(generate({ cwd: project.root }));
		expect(error).toMatchObject({
			code: 'RENAME_NEEDS_ANSWER',
			details: { questions: [{ kind: 'column', created: 'users.full_name', candidates: ['users.name'] }] },
		});
		expect(listMigrations()).toEqual(before);
	});

	test('lets the names that PostgreSQL made up follow the table', async () => {
		await run(users('name: text()'));
		const report = await run(users('fullName: text("full_name").notNull()').replace("'users'", "'people'"), {
			renames: ['users=people', 'users.name=people.full_name'],
		});
		expect(report).toMatchObject({
			tag: '0001_rename_users_to_people_and_2_more',
			downReversibility: 'lossless',
			notices: [],
		});
		expect(trim(report.statements)).toEqual([
			'ALTER TABLE "users" RENAME TO "people";',
			'ALTER TABLE "people" RENAME COLUMN "name" TO "full_name";',
			'ALTER TABLE "people" RENAME CONSTRAINT "users_email_unique" TO "people_email_unique";',
			'ALTER TABLE "people" RENAME CONSTRAINT "users_pkey" TO "people_pkey";',
			'ALTER SEQUENCE "users_id_seq" RENAME TO "people_id_seq";',
			'ALTER TABLE "people" ALTER COLUMN "full_name" SET NOT NULL;',
		]);
	});
});

describe("where drizzle-kit's SQL is wrong", () => {
	const t = (column: string) =>
		`export const t = pgTable('t', { id: integer().primaryKey(), v: ${column} });`;

	test('replaces SQL that does not run, and says why', async () => {
		await run(t('text()'));
		const report = await run(t('integer()'));
		expect(report.notices.join()).toMatch(/cannot be cast automatically to type integer/);
		expect(report.statements.join()).toMatch(/USING/);
		expect(project.read('drizzle/0001_alter_t.sql')).toContain('USING');
	});

	test('replaces SQL that silently arrives elsewhere', async () => {
		const s = (cycle: boolean) => `${t('text()')} export const s = pgSequence('s', { cycle: ${cycle} });`;
		await run(s(true));
		const report = await run(s(false));
		expect(report.statements.join()).toMatch(/NO CYCLE/);
	});

	test('finds changes that drizzle-kit overlooks', async () => {
		const view = (make: string) =>
			`${t('text()')} export const w = ${make}('w').as((q) => q.select({ id: t.id }).from(t));`;
		await run(view('pgView'));
		const report = await run(view('pgMaterializedView'));
		expect(report.statements.join()).toMatch(/CREATE MATERIALIZED VIEW/i);
	});

	test('keeps it with --keep-up, and fails', async () => {
		await run(t('text()'));
		declare(t('integer()'));
		const error = await rejectionOf(generate({ cwd: project.root, keepUp: true }));
		expect(error.code).toBe('GENERATE_FAILED');
		expect(project.read('drizzle/0001_alter_t.sql')).toBe(
			'ALTER TABLE "t" ALTER COLUMN "v" SET DATA TYPE integer;',
		);
		expect(listMigrations()['drizzle/0001_alter_t.down.sql']).toBeUndefined();
	});

	test('refuses with the reason and writes nothing when no SQL is known', async () => {
		await run(t('text()'));
		const before = listMigrations();
		declare(
			`export const t = pgTable('t', { id: integer().primaryKey(), v: text() }, (t) => [check('c', sql\`\${t.v} <> ';'\`)]);`,
		);
		const error = await rejectionOf(generate({ cwd: project.root }));
		expect(error.code).toBe('GENERATE_FAILED');
		expect(listMigrations()).toEqual(before);
	});
});

test('drops a schema with all that was in it', async () => {
	const schema = `export const s = pgSchema('s'); export const e = s.enum('e', ['x']); export const w = s.table('w', { e: e() });`;
	await run(users() + schema);
	const report = await run(users());
	expect(report).toMatchObject({ notices: [], statements: expect.arrayContaining(['DROP SCHEMA "s";\n']) });
});

test('names the expressions that drizzle-kit cuts', async () => {
	await run(users());
	declare(
		`export const t = pgTable('t', { a: text() }, (t) => [index('i').on(t.a).where(sql\`\${t.a} <> ';'\`)]);${users()}`,
	);
	const error = await rejectionOf(generate({ cwd: project.root }));
	expect(error).toMatchObject({
		code: 'GENERATE_FAILED',
		hint: expect.stringContaining("';' in index i of t"),
	});
});

describe('next to SQL written by hand', () => {
	const custom = `CREATE EXTENSION citext;
CREATE FUNCTION code() RETURNS text LANGUAGE sql AS $$ select 'x' $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ begin return new; end $$;
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE VIEW mails AS SELECT email FROM users;
COMMENT ON TABLE users IS 'people';`;

	test('leaves it alone, and uses what it made', async () => {
		await run(users());
		await run(undefined, { custom: true, name: 'hand' });
		project.write('drizzle/0001_hand.sql', custom);
		const report = await run(
			users('code: text().default(sql`code()`), alias: customType({ dataType: () => "citext" })()'),
		);
		expect(report.notices).toEqual([]);
		expect(trim(report.statements)).toEqual([
			'ALTER TABLE "users" ADD COLUMN "code" text DEFAULT code();',
			'ALTER TABLE "users" ADD COLUMN "alias" "citext";',
		]);
	});

	test('keeps it where SQL has to be replaced', async () => {
		await run(users('v: text()'));
		await run(undefined, { custom: true, name: 'hand' });
		project.write('drizzle/0001_hand.sql', custom);
		const report = await run(users('v: integer()'));
		expect(report.statements.join()).toMatch(/USING/);
		expect(report.statements.join()).not.toMatch(/mails|touch|COMMENT/);
	});

	test('says where an existing migration does not run', async () => {
		await run(users());
		await run(undefined, { custom: true, name: 'hand' });
		project.write('drizzle/0001_hand.sql', 'SELECT 1;\n\nSELECT nope FROM users;\n');
		declare(users('x: text()'));
		const error = await rejectionOf(generate({ cwd: project.root }));
		expect(error).toMatchObject({
			code: 'STATEMENT_FAILED',
			message: expect.stringMatching(/0001_hand\.sql:3:8: column "nope" does not exist/),
			details: { statement: 'SELECT nope FROM users', sqlState: '42703' },
		});
	});
});

test('stops before anything is written when it is told to', async () => {
	declare(users());
	const error = await rejectionOf(generate({ cwd: project.root, signal: AbortSignal.abort() }));
	expect(error.code).toBe('INTERRUPTED');
	expect(listMigrations()).toEqual({});
});
