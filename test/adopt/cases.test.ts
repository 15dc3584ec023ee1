import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as drizzleMigrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';
import { baseline, generate, history, migrate, repair, rollback } from '../../src/kit/index.ts';
import { aProject, type MigrationSpec, type TestProject } from '../harness/a-project.ts';
import { repository } from '../harness/repository.ts';
import { runProgram, runScript } from '../harness/run-script.ts';
import { type TestDatabase, useDatabase } from '../harness/test-database.ts';

const schema = `import { integer, pgEnum, pgTable, serial, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core';
export const role = pgEnum('role', ['admin', 'member']);
export const users = pgTable('users', {
	id: serial().primaryKey(),
	email: text().notNull().unique(),
	role: role().notNull().default('member'),
	createdAt: timestamp('created_at').notNull().defaultNow(),
}, (table) => [uniqueIndex('users_role_email').on(table.role, table.email)]);
export const posts = pgTable('posts', {
	id: integer().primaryKey().generatedAlwaysAsIdentity(),
	userId: integer('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
	title: text().notNull(),
});
`;
const changed = schema.replace(
	'title: text().notNull(),',
	"title: text().notNull(),\n\tslug: text().notNull().default('x'),",
);

/** Scratch databases on the run's own server: nothing is started for them. */
function shadow(): Readonly<Record<string, string>> {
	return { SHADOW_DATABASE_URL: inject('serverUrl') };
}

function open(database: TestDatabase, project: TestProject) {
	project.write('.env', `SHADOW_DATABASE_URL=${inject('serverUrl')}\n`);
	return { cwd: project.root, url: database.url };
}

async function runDrizzleKit(
	project: TestProject,
	database: TestDatabase,
	args: readonly string[],
): Promise<void> {
	const program = join(repository, 'node_modules/.bin/drizzle-kit');
	const run = { cwd: project.root, env: { DATABASE_URL: database.url } };
	const { exitCode, stdout, stderr } = await runProgram(program, args, run);
	expect([exitCode, stderr], stdout).toEqual([0, '']);
}

/** One change is generated, applied and taken back, and the ledger is what it was. */
async function expectOneChangeBothWays(
	options: { readonly cwd: string; readonly url: string },
	database: TestDatabase,
) {
	const slug = () =>
		database.query(
			`SELECT 1 FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'slug'`,
		);
	const before = await database.query(
		'SELECT hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id',
	);
	expect(await generate({ cwd: options.cwd, message: 'add slug' })).toMatchObject({
		kind: 'created',
		downReversibility: 'lossy',
	});
	await migrate(options);
	expect(await slug()).toHaveLength(1);
	await rollback({ ...options, target: '-1', acceptDataLoss: true });
	expect(await slug()).toHaveLength(0);
	expect(
		await database.query('SELECT hash, created_at FROM drizzle.__drizzle_migrations ORDER BY id'),
	).toEqual(before);
}

describe('adopting a project made with drizzle-kit push', () => {
	const database = useDatabase();

	it('generates the first migration, proves that the database has it, and goes on from there', async () => {
		const project = aProject({ files: { 'schema.ts': schema } });
		const options = open(database, project);
		await runDrizzleKit(project, database, ['push', '--force']);
		await database.query(
			`INSERT INTO users (email) VALUES ('a@b'); INSERT INTO posts (user_id, title) VALUES (1, 't')`,
		);
		await generate({ cwd: project.root, message: 'init' });
		const { differences, report } = await baseline(options);
		expect(differences).toEqual([]);
		expect(report?.steps.map(({ kind, tag }) => [kind, tag])).toEqual([['stamp', '0000_init']]);
		project.write('schema.ts', changed);
		await expectOneChangeBothWays(options, database);
		expect(await database.query('SELECT email FROM users')).toEqual([{ email: 'a@b' }]);
	});

	it('names what was changed by hand since, and records nothing', async () => {
		await database.query('DROP SCHEMA IF EXISTS drizzle CASCADE');
		const project = aProject({ files: { 'schema.ts': schema } });
		const options = open(database, project);
		await generate({ cwd: project.root, message: 'init' });
		await database.query('ALTER TABLE users ADD COLUMN nickname text; DROP INDEX users_role_email');
		const error = await baseline(options).catch((caught: unknown) => caught);
		expect(error).toMatchObject({ code: 'BASELINE_DIFFERS' });
		expect((error as Error).message).toContain('column users.nickname exists only here');
		expect((error as Error).message).toContain('index users_role_email is missing');
		expect(await database.query(`SELECT to_regclass('drizzle.__drizzle_migrations') AS ledger`)).toEqual([
			{ ledger: null },
		]);
	});
});

describe('adopting a journal of hundreds that drizzle applied', () => {
	const database = useDatabase();
	const build = (count: number) =>
		Array.from({ length: count }, (_, index): MigrationSpec => {
			const tag = `${String(index).padStart(4, '0')}_step_${index}`;
			return {
				tag,
				up:
					index % 4 === 0
						? `CREATE TABLE t${index} (id int);`
						: `ALTER TABLE t${index - (index % 4)} ADD COLUMN c${index} int;`,
			};
		});

	// Proving takes about a second each, so that the way back is derived of a part of them here.
	it.each([
		['shows the history of 300 right at once', 300, false],
		['derives the way back of all, and goes it', 16, true],
	])(
		'%s',
		async (_name, count, isReversed) => {
			await database.empty();
			const project = aProject({ migrations: build(count) });
			const options = open(database, project);
			const pool = new pg.Pool({ connectionString: database.url });
			await drizzleMigrate(drizzle(pool), { migrationsFolder: join(project.root, 'drizzle') });
			await pool.end();
			const before = await history(options);
			expect([before.position, before.head]).toEqual([count, count]);
			expect(new Set(before.entries.map(({ state, how }) => `${state} ${how}`))).toEqual(
				new Set(['applied other']),
			);
			if (!isReversed) return;
			const reversed = await runScript('reverse', ['--all', '--json'], { cwd: project.root, env: shadow() });
			expect([reversed.exitCode, reversed.stderr.slice(-500)]).toEqual([0, expect.any(String)]);
			await rollback({ ...options, target: `-${count - 8}`, acceptDataLoss: true });
			expect(
				await database.query(
					`SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname ~ '^t\\d+$' ORDER BY 1`,
				),
			).toEqual([{ name: 't0' }, { name: 't4' }]);
			const again = await migrate(options);
			expect(again.report?.position).toBe(count);
		},
		300_000,
	);
});

describe('adopting a ledger stamped by hand with now()', () => {
	const database = useDatabase();

	it('sees that the times are not the journal’s, mends them, and goes on', async () => {
		const project = aProject({ files: { 'schema.ts': schema } });
		const options = open(database, project);
		await runDrizzleKit(project, database, ['push', '--force']);
		await runDrizzleKit(project, database, ['generate', '--name', 'init']);
		const hash = createHash('sha256').update(project.read('drizzle/0000_init.sql')).digest('hex');
		await database.query(`CREATE SCHEMA drizzle;
			CREATE TABLE drizzle.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint);
			INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('${hash}', extract(epoch FROM now() + interval '1 hour') * 1000)`);
		const mended = await repair({ ...options, yes: true, confirm: async () => true });
		expect(mended.repairs).toHaveLength(1);
		const { entries, problems } = await history(options);
		expect(entries.map(({ tag, state }) => [tag, state])).toEqual([['0000_init', 'applied']]);
		expect(problems.filter(({ code }) => code !== 'DOWN_MISSING')).toEqual([]);
		const { entries: journal } = JSON.parse(project.read('drizzle/meta/_journal.json'));
		expect(await database.query('SELECT created_at FROM drizzle.__drizzle_migrations')).toEqual([
			{ created_at: String(journal[0].when) },
		]);
		project.write('schema.ts', changed);
		await expectOneChangeBothWays(options, database);
	});
});

describe('adopting a project on migrations.prefix: timestamp', () => {
	const database = useDatabase();

	it('reads its tags and writes the next in the same way', async () => {
		const project = aProject({
			files: { 'schema.ts': schema },
			config: { migrations: { prefix: 'timestamp' } },
		});
		const options = open(database, project);
		await runDrizzleKit(project, database, ['generate', '--name', 'init']);
		await runDrizzleKit(project, database, ['migrate']);
		const { entries } = await history(options);
		expect(entries.map(({ tag, state }) => [tag.replace(/^\d{14}_/, ''), state])).toEqual([
			['init', 'applied'],
		]);
		project.write('schema.ts', changed);
		await expectOneChangeBothWays(options, database);
		const { entries: after } = await history(options);
		expect(after.map(({ tag }) => /^\d{14}_/.test(tag))).toEqual([true, true]);
		await runDrizzleKit(project, database, ['migrate']);
		expect((await history(options)).position).toBe(2);
		// Without the companion, drizzle-kit goes on where it stands.
		project.write('schema.ts', changed.replace("default('x')", "default('y')"));
		await runDrizzleKit(project, database, ['generate', '--name', 'alone']);
		await runDrizzleKit(project, database, ['migrate']);
		expect((await history(options)).position).toBe(3);
	});
});

describe('adopting a journal with one entry and 38 SQL files beside it', () => {
	const database = useDatabase();

	it('names the files that nobody applies, and takes what they did into one migration', async () => {
		const project = aProject({ files: { 'schema.ts': schema } });
		const options = open(database, project);
		await runDrizzleKit(project, database, ['generate', '--name', 'init']);
		await runDrizzleKit(project, database, ['migrate']);
		const names = Array.from(
			{ length: 37 },
			(_, index) => `${String(index + 1).padStart(4, '0')}_by_hand_${index}.sql`,
		);
		for (const [index, name] of names.entries())
			project.write(`drizzle/${name}`, `CREATE TABLE by_hand_${index} (id int);\n`);
		const byHand = names.map(
			(_, index) => `export const byHand${index} = pgTable('by_hand_${index}', { id: integer() });\n`,
		);
		for (const name of names) await database.query(project.read(`drizzle/${name}`));
		project.write('schema.ts', schema + byHand.join(''));
		const orphaned = async () =>
			(await history(options)).problems.filter(({ code }) => code === 'FILE_ORPHANED');
		expect(JSON.stringify(await orphaned())).toContain('0037_by_hand_36.sql');
		await generate({ cwd: project.root, message: 'made by hand' });
		const { differences, report } = await baseline(options);
		expect(differences).toEqual([]);
		expect(report?.steps.map(({ tag }) => tag)).toEqual(['0001_made_by_hand']);
		project.write('schema.ts', changed + byHand.join(''));
		await expectOneChangeBothWays(options, database);
	});
});
