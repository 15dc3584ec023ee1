import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameLostColumn, nameLostTable, nameLostValues } from '../../src/kit/journal/name-loss.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { nameRole, useDatabase } from '../harness/test-database.ts';
import { aKeptProject, readRows } from './a-kept-project.ts';

const database = useDatabase();
beforeEach(() => database.empty());
afterEach(() => database.query('DROP PUBLICATION IF EXISTS everything'));

describe('what is kept comes back', () => {
	it('in another time zone than it was kept in', async () => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE DOMAIN moment AS timestamptz; CREATE TABLE t (id integer PRIMARY KEY, z timestamptz, d moment);
				INSERT INTO t VALUES (1, '2020-01-01 12:34:56.789+00', '2020-06-01 12:34:56.789+00');`,
			},
			{
				tag: '0001_lossy',
				up: 'ALTER TABLE t ALTER COLUMN z TYPE timestamptz(0); ALTER TABLE t DROP COLUMN d;',
				down: 'ALTER TABLE t ALTER COLUMN z TYPE timestamptz; ALTER TABLE t ADD COLUMN d moment;',
				reversibility: 'lossy',
				loses: [nameLostValues('public', 't', 'z', true), nameLostColumn('public', 't', 'd', true)],
			},
		]);
		await app.migrate({ target: '0000' });
		const rows = await readRows(database);
		await database.query(`ALTER DATABASE ${database.name} SET timezone = 'America/New_York'`);
		await app.migrate();
		await database.query(`ALTER DATABASE ${database.name} SET timezone = 'Asia/Kolkata'`);
		await app.rollback();
		expect(await readRows(database)).toEqual(rows);
		await database.query(`ALTER DATABASE ${database.name} RESET timezone`);
	});

	it('where a publication takes in all tables', async () => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE TABLE t (id integer PRIMARY KEY, w text, x text); CREATE TABLE v (id integer PRIMARY KEY, e text);
				INSERT INTO t VALUES (1, 'abcdef', 'x'); INSERT INTO v VALUES (1, 'a'), (2, 'a'), (3, 'b'); CREATE PUBLICATION everything FOR ALL TABLES;`,
			},
			{
				tag: '0001_lossy',
				up: 'ALTER TABLE t ALTER COLUMN w TYPE varchar(3) USING left(w, 3); ALTER TABLE t DROP COLUMN x; DROP TABLE v;',
				down: 'ALTER TABLE t ALTER COLUMN w TYPE text; ALTER TABLE t ADD COLUMN x text; CREATE TABLE v (id integer PRIMARY KEY, e text); ALTER TABLE v ADD UNIQUE (e);',
				reversibility: 'lossy',
				loses: [
					nameLostValues('public', 't', 'w', true),
					nameLostColumn('public', 't', 'x', true),
					nameLostTable('public', 'v', true),
				],
			},
		]);
		await app.migrate();
		await app.rollback('-1', { skipConflicts: true });
		expect(await database.query('SELECT * FROM t')).toEqual([{ id: 1, w: 'abcdef', x: 'x' }]);
		expect(await database.query('SELECT id FROM v')).toEqual([{ id: 3 }]);
	});

	it.each([
		['integer', '1', 'numeric(12,3)'],
		['numeric(8,2)', '1', 'numeric(12,4)'],
		['text', `'9D8F2D0C-1111-4222-8333-444455556666'`, 'uuid USING id::uuid'],
		['char(5)', `'ab'`, 'text'],
	])('on its row where the key has become of another type since: %s %s -> %s', async (type, key, now) => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE TABLE t (id ${type} PRIMARY KEY, w text); INSERT INTO t VALUES (${key}, 'w');`,
			},
			{
				tag: '0001_lossy',
				up: 'ALTER TABLE t DROP COLUMN w;',
				down: 'ALTER TABLE t ADD COLUMN w text;',
				reversibility: 'lossy',
				loses: [nameLostColumn('public', 't', 'w', true)],
			},
		]);
		await app.migrate();
		await database.query(`ALTER TABLE t ALTER COLUMN id TYPE ${now}`);
		await app.rollback();
		expect(await database.query('SELECT w FROM t')).toEqual([{ w: 'w' }]);
	});

	it('before a column is made strict, though a later statement reads the rows', async () => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE TABLE t (k text PRIMARY KEY, n serial); INSERT INTO t VALUES ('a', 7), ('b', 9);`,
			},
			{
				tag: '0001_lossy',
				up: 'ALTER TABLE t DROP COLUMN n;',
				down: `ALTER TABLE t ADD COLUMN n integer; CREATE SEQUENCE t_n_seq OWNED BY t.n; ALTER TABLE t ALTER COLUMN n SET NOT NULL;
				SELECT setval('t_n_seq', max(n)) FROM t;`,
				reversibility: 'lossy',
				loses: [nameLostColumn('public', 't', 'n', true)],
			},
		]);
		await app.migrate();
		await app.rollback();
		expect(await database.query('SELECT n FROM t ORDER BY k')).toEqual([{ n: 7 }, { n: 9 }]);
	});
});

it('under row-level security that binds the owner too, nothing that breaks a foreign key slips in', async () => {
	const role = nameRole('owner');
	await database.query(
		`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT CREATE ON DATABASE ${database.name} TO ${role}; GRANT ALL ON SCHEMA public TO ${role}`,
	);
	const secure = (table: string) =>
		`ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY; ALTER TABLE ${table} FORCE ROW LEVEL SECURITY;`;
	const app = aKeptProject(
		database,
		[
			{
				tag: '0000_init',
				up: `CREATE TABLE p (id integer PRIMARY KEY); INSERT INTO p VALUES (1), (2);
				CREATE TABLE t (id integer PRIMARY KEY, p integer CONSTRAINT t_p REFERENCES p, w text); INSERT INTO t VALUES (1, 1, 'abc'), (2, 2, 'defg'); ${secure('t')}
				CREATE TABLE own (id integer PRIMARY KEY, p integer REFERENCES p); INSERT INTO own VALUES (5, 2); ${secure('own')}`,
			},
			{
				tag: '0001_lossy',
				up: 'ALTER TABLE t DROP COLUMN p; ALTER TABLE t ALTER COLUMN w TYPE varchar(2) USING left(w, 2); DROP TABLE own;',
				down: `ALTER TABLE t ADD COLUMN p integer; ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p; ALTER TABLE t ALTER COLUMN w TYPE text;
				CREATE TABLE own (id integer PRIMARY KEY, p integer); ${secure('own')} ALTER TABLE own ADD CONSTRAINT own_p FOREIGN KEY (p) REFERENCES p;`,
				reversibility: 'lossy',
				loses: [
					nameLostColumn('public', 't', 'p', true),
					nameLostValues('public', 't', 'w', true),
					nameLostTable('public', 'own', true),
				],
			},
		],
		{ url: database.urlFor(role, 'x') },
	);
	await app.migrate({ target: '0000' });
	const rows = await readRows(database);
	await app.migrate();
	await app.rollback();
	expect(await readRows(database)).toEqual(rows);
	await app.migrate();
	await database.query('DELETE FROM p WHERE id = 2');
	const error = await rejectionOf(app.rollback());
	expect(error.message).toContain('id 5, p 2: breaks own_p: no such row in p');
	await app.rollback('-1', { skipConflicts: true });
	expect(await readRows(database)).toMatchObject({
		'public.own': [],
		'public.t': ['{"p": 1, "w": "abc", "id": 1}', '{"p": null, "w": "defg", "id": 2}'],
	});
	await database.query(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
});

it('a wide table is read once, however many of its columns are dropped', async () => {
	const names = Array.from({ length: 200 }, (_, place) => `c${place}`);
	const app = aKeptProject(database, [
		{
			tag: '0000_init',
			up: `CREATE TABLE t (id integer PRIMARY KEY, ${names.map((name) => `${name} text`).join(', ')}); INSERT INTO t (id, c0, c199) VALUES (1, 'a', 'b');`,
		},
		{
			tag: '0001_lossy',
			up: names.map((name) => `ALTER TABLE t DROP COLUMN ${name};`).join('\n'),
			down: names.map((name) => `ALTER TABLE t ADD COLUMN ${name} text;`).join('\n'),
			reversibility: 'lossy',
			loses: names.map((name) => nameLostColumn('public', 't', name, true)),
		},
	]);
	await app.migrate();
	await app.rollback();
	expect(await database.query('SELECT c0, c199 FROM t')).toEqual([{ c0: 'a', c199: 'b' }]);
}, 20_000);

it('a conflict that an earlier step of the same command makes names rows, what was done, and what to do', async () => {
	const app = aKeptProject(database, [
		{
			tag: '0000_init',
			up: `CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE c (id integer PRIMARY KEY, p integer REFERENCES p);
			INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2);`,
		},
		{
			tag: '0001_drop',
			up: 'DROP TABLE c;',
			down: 'CREATE TABLE c (id integer PRIMARY KEY, p integer); ALTER TABLE c ADD CONSTRAINT c_p FOREIGN KEY (p) REFERENCES p;',
			reversibility: 'lossy',
			loses: [nameLostTable('public', 'c', true)],
		},
		{
			tag: '0002_other',
			up: 'CREATE TABLE z (id integer);',
			down: 'DELETE FROM p WHERE id = 2; DROP TABLE z;',
			reversibility: 'lossless',
		},
	]);
	await app.migrate();
	const error = await rejectionOf(app.rollback('0000'));
	expect(error.code).toBe('KEPT_CONFLICT');
	expect(error.message).toContain('id 2, p 2: breaks c_p: no such row in p');
	expect(error.details).toMatchObject({ tag: '0001_drop', finished: ['0002_other'], notRun: [] });
	expect(error.hint).toContain('Nothing of 0001_drop was reverted');
	expect(error.hint).toContain('--skip-conflicts');
	expect(await database.query(`SELECT to_regclass('c') AS c`)).toEqual([{ c: null }]);
	await app.rollback('-1', { skipConflicts: true });
	expect(await database.query('SELECT * FROM c')).toEqual([{ id: 1, p: 1 }]);
});
