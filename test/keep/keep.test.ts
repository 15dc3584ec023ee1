import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import { nameLostColumn, nameLostTable, nameLostValues } from '../../src/kit/journal/name-loss.ts';
import { aProject, type MigrationSpec } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { repository } from '../harness/repository.ts';
import { runProgram } from '../harness/run-script.ts';
import { nameRole, useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

function open(migrations: readonly MigrationSpec[], companion: Record<string, unknown> = {}) {
	const project = aProject({ migrations, companion: { keep: { mode: 'always' }, ...companion } });
	const common = { cwd: project.root, url: database.url };
	return {
		project,
		migrate: (options: object = {}) => migrate({ ...common, ...options }),
		rollback: (target = '-1', options: object = {}) => rollback({ ...common, target, ...options }),
	};
}

const init: MigrationSpec = {
	tag: '0000_init',
	up: `CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);
		INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cid'), (4, 'Dee');`,
};

const stores = () =>
	database.query<{ name: string }>(
		`SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace('drizzle_kept') AND relkind = 'r' AND relname <> 'kept'`,
	);
const registry = async () =>
	Number((await database.query<{ n: string }>('SELECT count(*) AS n FROM drizzle_kept.kept'))[0]?.n);

describe('a column that a rollback drops', () => {
	const added: MigrationSpec = {
		tag: '0001_nickname',
		up: 'ALTER TABLE users ADD COLUMN nickname text;',
		down: 'ALTER TABLE users DROP COLUMN nickname;',
		reversibility: 'lossy',
		loses: [nameLostColumn('public', 'users', 'nickname', false)],
	};

	it('is kept without a question, and filled again by the next migrate', async () => {
		const app = open([init, added]);
		await app.migrate();
		await database.query(`UPDATE users SET nickname = left(name, 1) WHERE id < 4`);
		const { report, losses } = await app.rollback();
		expect(losses).toMatchObject([{ rows: 4, values: 3, isKept: true }]);
		expect(report?.steps[0]?.kept).toMatchObject([
			{ subject: 'column users.nickname', rows: 4, values: 3, how: 'copy' },
		]);
		await database.query(`DELETE FROM users WHERE id = 1; INSERT INTO users VALUES (5, 'Eve')`);
		const again = await app.migrate();
		expect(again.report?.steps[0]?.refilled).toEqual([
			{
				subject: 'column users.nickname',
				kind: 'column',
				refilled: 2,
				deletedSince: 1,
				insertedSince: 1,
				changedSince: 0,
				conflicts: 0,
			},
		]);
		expect(await database.query('SELECT id, nickname FROM users ORDER BY id')).toEqual([
			{ id: 2, nickname: 'B' },
			{ id: 3, nickname: 'C' },
			{ id: 4, nickname: null },
			{ id: 5, nickname: null },
		]);
		expect(await stores()).toEqual([]);
		expect(await registry()).toBe(0);
	});

	it('is lost, and asked about, with keep switched off', async () => {
		const app = open([init, added]);
		await app.migrate();
		await database.query(`UPDATE users SET nickname = name WHERE id = 1`);
		expect((await rejectionOf(app.rollback('-1', { keep: false }))).code).toBe('DATA_LOSS');
		expect(await database.query(`SELECT count(nickname)::int AS n FROM users`)).toEqual([{ n: 1 }]);
		await app.rollback('-1', { keep: false, acceptDataLoss: true });
		expect(await database.query(`SELECT to_regnamespace('drizzle_kept') AS n`)).toEqual([{ n: null }]);
	});

	it('comes back before a NOT NULL that stands in the same statement', async () => {
		const strict = { ...added, up: 'ALTER TABLE users ADD COLUMN nickname text NOT NULL;' };
		const app = open([
			{ ...init, up: 'CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL);' },
			strict,
		]);
		await app.migrate();
		await database.query(`INSERT INTO users VALUES (1, 'Ann', 'A'), (2, 'Bob', 'B')`);
		await app.rollback();
		await app.migrate();
		expect(await database.query('SELECT * FROM users ORDER BY id')).toEqual([
			{ id: 1, name: 'Ann', nickname: 'A' },
			{ id: 2, name: 'Bob', nickname: 'B' },
		]);
		expect(
			await database.query(
				`SELECT attnotnull AS n FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'nickname'`,
			),
		).toEqual([{ n: true }]);
	});
});

describe('what is kept', () => {
	const dropped: MigrationSpec = {
		tag: '0001_drop',
		up: 'ALTER TABLE users DROP COLUMN name;',
		down: 'ALTER TABLE users ADD COLUMN name text;',
		reversibility: 'lossy',
		loses: [nameLostColumn('public', 'users', 'name', true)],
	};

	it('is nothing that drizzle-kit push or pull see', async () => {
		const app = open([init, dropped]);
		await app.migrate();
		const drizzleKit = join(repository, 'node_modules/.bin/drizzle-kit');
		const target = ['--dialect=postgresql', `--url=${database.url}`];
		app.project.write(
			'schema.ts',
			`import { integer, pgTable } from 'drizzle-orm/pg-core';\nexport const users = pgTable('users', { id: integer().primaryKey() });\n`,
		);
		const pushed = await runProgram(drizzleKit, ['push', '--force', '--schema=./schema.ts', ...target], {
			cwd: app.project.root,
		});
		expect(pushed.exitCode, pushed.stderr).toBe(0);
		expect(await stores()).toHaveLength(1);
		const pulled = await runProgram(drizzleKit, ['pull', '--out=./pulled', ...target], {
			cwd: app.project.root,
		});
		expect(pulled.exitCode, pulled.stderr).toBe(0);
		expect(app.project.read('pulled/schema.ts')).toContain('pgTable("users"');
		expect(app.project.read('pulled/schema.ts')).not.toContain('kept');
		await app.rollback();
		expect(await database.query('SELECT count(name)::int AS n FROM users')).toEqual([{ n: 4 }]);
	}, 60_000);

	it('is nothing for a role that may not make the schema, where only this run made the rows', async () => {
		const role = nameRole('modest');
		await database.query(
			`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT ALL ON SCHEMA public TO ${role}; CREATE SCHEMA drizzle AUTHORIZATION ${role}`,
		);
		const app = open([init, dropped]);
		const url = database.urlFor(role, 'x');
		await app.migrate({ url });
		expect(await database.query(`SELECT to_regnamespace('drizzle_kept') AS n`)).toEqual([{ n: null }]);
		await app.rollback('-1', { url });
		await database.query(`UPDATE users SET name = 'x'`);
		expect((await rejectionOf(app.migrate({ url }))).code).toBe('DATA_LOSS');
		await database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
	});
});

describe('a column that a migration drops', () => {
	it('comes back with its values on rollback, before the down file fills what is left', async () => {
		const app = open([
			init,
			{
				tag: '0001_drop',
				up: 'ALTER TABLE users DROP COLUMN name;',
				down: `ALTER TABLE users ADD COLUMN name text;
--> statement-breakpoint
UPDATE users SET name = '' WHERE name IS NULL;
--> statement-breakpoint
ALTER TABLE users ALTER COLUMN name SET NOT NULL;`,
				reversibility: 'lossy',
				loses: [nameLostColumn('public', 'users', 'name', true)],
			},
		]);
		await app.migrate();
		await database.query('INSERT INTO users VALUES (9); DELETE FROM users WHERE id = 2');
		const { report } = await app.rollback();
		expect(report?.steps[0]?.refilled).toMatchObject([{ refilled: 3, deletedSince: 1, insertedSince: 1 }]);
		expect(await database.query('SELECT * FROM users ORDER BY id')).toEqual([
			{ id: 1, name: 'Ann' },
			{ id: 3, name: 'Cid' },
			{ id: 4, name: 'Dee' },
			{ id: 9, name: '' },
		]);
	});
});

describe('a table that a migration drops', () => {
	const dropped: MigrationSpec = {
		tag: '0001_drop',
		up: 'DROP TABLE "users" CASCADE;',
		down: 'CREATE TABLE "users" ("id" integer PRIMARY KEY, "name" text NOT NULL);',
		reversibility: 'lossy',
		loses: [nameLostTable('public', 'users', true)],
	};

	it('is moved, not copied, and its rows come back', async () => {
		const app = open([init, dropped]);
		await app.migrate({ target: '0000' });
		const [file] = await database.query<{ node: string }>(`SELECT pg_relation_filenode('users') AS node`);
		const { report } = await app.migrate();
		expect(report?.steps[0]?.kept).toMatchObject([{ subject: 'table users', rows: 4, how: 'move' }]);
		const [store] = await stores();
		expect(
			await database.query(`SELECT pg_relation_filenode('drizzle_kept.${store?.name}') AS node`),
		).toEqual([file]);
		await app.rollback();
		expect(await database.query('SELECT count(*)::int AS n FROM users')).toEqual([{ n: 4 }]);
		expect(await stores()).toEqual([]);
	});

	it('is copied where a view depends on it', async () => {
		const app = open([{ ...init, up: `${init.up} CREATE VIEW names AS SELECT name FROM users;` }, dropped]);
		const { report } = await app.migrate();
		expect(report?.steps[1]?.kept).toMatchObject([{ rows: 4, how: 'copy' }]);
		await app.rollback();
		expect(await database.query('SELECT count(*)::int AS n FROM users')).toEqual([{ n: 4 }]);
	});
});

describe('values that a type cannot hold', () => {
	it('come back where nobody changed them since', async () => {
		const app = open([
			init,
			{
				tag: '0001_narrow',
				up: 'ALTER TABLE users ALTER COLUMN name SET DATA TYPE varchar(2) USING left(name, 2);',
				down: 'ALTER TABLE users ALTER COLUMN name SET DATA TYPE text;',
				reversibility: 'lossy',
				loses: [nameLostValues('public', 'users', 'name', true)],
			},
		]);
		await app.migrate();
		await database.query(
			`UPDATE users SET name = 'X' WHERE id = 1; DELETE FROM users WHERE id = 2; INSERT INTO users VALUES (7, 'Ci')`,
		);
		const { report } = await app.rollback();
		expect(report?.steps[0]?.refilled).toMatchObject([{ refilled: 2, deletedSince: 1, changedSince: 1 }]);
		expect(await database.query('SELECT * FROM users ORDER BY id')).toEqual([
			{ id: 1, name: 'X' },
			{ id: 3, name: 'Cid' },
			{ id: 4, name: 'Dee' },
			{ id: 7, name: 'Ci' },
		]);
	});
});

describe('values of an enum that a rollback takes away', () => {
	it('come back once the added enum value has been committed', async () => {
		const app = open([
			{
				...init,
				up: `CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id integer PRIMARY KEY, m mood); INSERT INTO t VALUES (1, 'a'), (2, 'a');`,
			},
			{
				tag: '0001_value',
				up: `ALTER TYPE mood ADD VALUE 'z';`,
				down: `ALTER TYPE mood RENAME TO old; CREATE TYPE mood AS ENUM ('a'); ALTER TABLE t ALTER m TYPE mood USING CASE WHEN m::text = 'a' THEN m::text::mood END; DROP TYPE old;`,
				reversibility: 'lossy',
				loses: [nameLostValues('public', 't', 'm', false)],
			},
		]);
		await app.migrate();
		await database.query(`UPDATE t SET m = 'z' WHERE id = 2`);
		await app.rollback();
		expect(await database.query('SELECT m FROM t ORDER BY id')).toEqual([{ m: 'a' }, { m: null }]);
		const { report } = await app.migrate();
		expect(report?.steps[0]?.refilled).toMatchObject([{ refilled: 1, changedSince: 0 }]);
		expect(await database.query('SELECT m FROM t ORDER BY id')).toEqual([{ m: 'a' }, { m: 'z' }]);
	});
});
