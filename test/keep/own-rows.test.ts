import { beforeEach, expect, test } from 'vitest';
import { nameLostColumn, nameLostTable } from '../../src/kit/journal/name-loss.ts';
import { useDatabase } from '../harness/test-database.ts';
import { aKeptProject, readRows, readStores } from './a-kept-project.ts';

const database = useDatabase();
beforeEach(() => database.empty());

/** Changes what the migrations made, goes back one and forth again, and expects every row as it was. */
async function expectSameAfterwards(
	app: ReturnType<typeof aKeptProject>,
	change: string,
): Promise<Readonly<Record<string, readonly string[]>>> {
	await app.migrate();
	await database.query(change);
	const before = await readRows(database);
	await app.rollback('-1', { acceptDataLoss: true });
	await app.migrate();
	expect(await readRows(database)).toEqual(before);
	expect(await readStores(database)).toEqual([]);
	return before;
}

const seeded = {
	tag: '0000_roles',
	up: `CREATE TABLE roles (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
		CREATE TABLE members (id integer PRIMARY KEY, role_id integer NOT NULL REFERENCES roles (id));
		INSERT INTO roles (name) VALUES ('admin'), ('guest');
		INSERT INTO members VALUES (1, 1), (2, 2);`,
	down: 'DROP TABLE members; DROP TABLE roles;',
	reversibility: 'schema-only' as const,
	loses: [nameLostTable('public', 'members', false), nameLostTable('public', 'roles', false)],
};

test('rows that a migration inserts into a table that it makes give way to those that are kept', async () => {
	const rows = await expectSameAfterwards(
		aKeptProject(database, [seeded]),
		`UPDATE roles SET name = 'visitor' WHERE id = 2; INSERT INTO roles (name) VALUES ('editor'); INSERT INTO members VALUES (3, 3);`,
	);
	expect(rows['public.roles']).toHaveLength(3);
});

test('a table without a key is not filled twice', async () => {
	const up = `CREATE TABLE notes (text text); INSERT INTO notes VALUES ('first'), ('first');`;
	await expectSameAfterwards(
		aKeptProject(database, [
			{
				tag: '0000_notes',
				up,
				down: 'DROP TABLE notes;',
				reversibility: 'schema-only',
				loses: [nameLostTable('public', 'notes', false)],
			},
		]),
		`INSERT INTO notes VALUES ('second')`,
	);
});

test('what a migration fills a column with gives way to the values that are kept', async () => {
	const users = {
		tag: '0000_users',
		up: `CREATE TABLE users (id integer PRIMARY KEY, name text); INSERT INTO users VALUES (1, 'Ann'), (2, 'Bob');`,
	};
	const slug = {
		tag: '0001_slug',
		up: `ALTER TABLE users ADD COLUMN slug text;
			UPDATE users SET slug = lower(name);
			ALTER TABLE users ALTER COLUMN slug SET NOT NULL;`,
		down: 'ALTER TABLE users DROP COLUMN slug;',
		reversibility: 'schema-only' as const,
		loses: [nameLostColumn('public', 'users', 'slug', false)],
	};
	await expectSameAfterwards(
		aKeptProject(database, [users, slug]),
		`UPDATE users SET slug = 'the-great' WHERE id = 1`,
	);
});

test('a row that is new meanwhile has what the migration fills in', async () => {
	const app = aKeptProject(database, [
		{ tag: '0000_users', up: `CREATE TABLE users (id integer PRIMARY KEY, name text);` },
		{
			tag: '0001_slug',
			up: `ALTER TABLE users ADD COLUMN slug text; DO $$ BEGIN UPDATE users SET slug = lower(name); END $$;`,
			down: 'ALTER TABLE users DROP COLUMN slug;',
			reversibility: 'schema-only',
			loses: [nameLostColumn('public', 'users', 'slug', false)],
		},
	]);
	await app.migrate();
	await database.query(`INSERT INTO users VALUES (1, 'Ann', 'the-great')`);
	await app.rollback('-1', { acceptDataLoss: true });
	await database.query(`INSERT INTO users VALUES (2, 'Bob')`);
	await app.migrate();
	expect(await database.query('SELECT slug FROM users ORDER BY id')).toEqual([
		{ slug: 'the-great' },
		{ slug: 'bob' },
	]);
});
