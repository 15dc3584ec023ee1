import { beforeEach, describe, expect, it } from 'vitest';
import { kept } from '../../src/kit/commands/kept.ts';
import type { Loss } from '../../src/kit/journal/migration.ts';
import { nameLostColumn, nameLostTable, nameLostValues } from '../../src/kit/journal/name-loss.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { useDatabase } from '../harness/test-database.ts';
import { aKeptProject, readRows } from './a-kept-project.ts';

const database = useDatabase();
beforeEach(() => database.empty());

interface Case {
	readonly name: string;
	readonly before: string;
	readonly up: string;
	readonly down: string;
	readonly loses: readonly Loss[];
	/** What somebody does between the migration and its rollback. */
	readonly since: string;
	/** Each is part of the refusal. */
	readonly names: readonly string[];
	/** Rows that stay kept with `--skip-conflicts`. */
	readonly stay: number;
	/** How many values, or rows, are back then. */
	readonly back: number;
}

const lostColumn = (name: string) => [nameLostColumn('public', 't', name, true)];

const cases: readonly Case[] = [
	{
		name: 'the row that a foreign key refers to is gone',
		before: `CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer CONSTRAINT t_p REFERENCES p);
			INSERT INTO p VALUES (1), (2); INSERT INTO t VALUES (1, 1), (2, 2), (3, 2);`,
		up: 'ALTER TABLE t DROP COLUMN p;',
		down: 'ALTER TABLE t ADD COLUMN p integer; ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p(id);',
		loses: lostColumn('p'),
		since: 'DELETE FROM p WHERE id = 2',
		names: ['id 2, p 2: breaks t_p: no such row in p', 'id 3, p 2'],
		stay: 2,
		back: 1,
	},
	{
		name: 'a foreign key without a name in the statement that adds the column',
		before: `CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer REFERENCES p);
			INSERT INTO p VALUES (1), (2); INSERT INTO t VALUES (1, 1), (2, 2);`,
		up: 'ALTER TABLE t DROP COLUMN p;',
		down: 'ALTER TABLE t ADD COLUMN p integer REFERENCES p;',
		loses: lostColumn('p'),
		since: 'DELETE FROM p WHERE id = 2',
		names: ['id 2, p 2: breaks t_p_fkey: no such row in p'],
		stay: 1,
		back: 1,
	},
	{
		name: 'a unique key over a column that changed since',
		before: `CREATE TABLE t (id integer PRIMARY KEY, team text, slot integer, CONSTRAINT t_place UNIQUE (team, slot));
			INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 1), (3, 'b', 2);`,
		up: 'ALTER TABLE t DROP COLUMN slot;',
		down: 'ALTER TABLE t ADD COLUMN slot integer; ALTER TABLE t ADD CONSTRAINT t_place UNIQUE (team, slot);',
		loses: lostColumn('slot'),
		since: `UPDATE t SET team = 'a'`,
		names: [
			'id 1, team a, slot 1: breaks t_place: another row has the same team, slot',
			'id 2, team a, slot 1',
		],
		stay: 2,
		back: 1,
	},
	{
		name: 'a unique index',
		before: `CREATE TABLE t (id integer PRIMARY KEY, team text, slot integer); CREATE UNIQUE INDEX t_place ON t (team, slot);
			INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 1), (3, 'b', 2);`,
		up: 'ALTER TABLE t DROP COLUMN slot;',
		down: 'ALTER TABLE t ADD COLUMN slot integer; CREATE UNIQUE INDEX t_place ON t USING btree (team, slot);',
		loses: lostColumn('slot'),
		since: `UPDATE t SET team = 'a'`,
		names: ['id 1, team a, slot 1: breaks t_place', 'id 2, team a, slot 1'],
		stay: 2,
		back: 1,
	},
	{
		name: 'a check over a column that changed since',
		before: `CREATE TABLE t (id integer PRIMARY KEY, lo integer, hi integer, CONSTRAINT t_order CHECK (lo <= hi));
			INSERT INTO t VALUES (1, 1, 5), (2, 1, 50);`,
		up: 'ALTER TABLE t DROP COLUMN hi;',
		down: `ALTER TABLE t ADD COLUMN hi integer; ALTER TABLE t ADD CONSTRAINT t_order CHECK ((lo <= hi AND ')' <> ''));`,
		loses: lostColumn('hi'),
		since: 'UPDATE t SET lo = 10',
		names: ['id 1, lo 10, hi 5: breaks t_order'],
		stay: 1,
		back: 1,
	},
	{
		name: 'a check that was added since to a column whose values were narrowed',
		before: `CREATE TABLE t (id integer PRIMARY KEY, w text); INSERT INTO t VALUES (1, 'abc'), (2, 'x');`,
		up: 'ALTER TABLE t ALTER COLUMN w SET DATA TYPE varchar(2) USING left(w, 2);',
		down: 'ALTER TABLE t ALTER COLUMN w SET DATA TYPE text;',
		loses: [nameLostValues('public', 't', 'w', true)],
		since: 'ALTER TABLE t ADD CONSTRAINT t_short CHECK (length(w) < 3)',
		names: ['id 1, w abc: breaks t_short'],
		stay: 1,
		back: 0,
	},
	{
		name: 'an enum that has lost a value',
		before: `CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id integer PRIMARY KEY, m mood); INSERT INTO t VALUES (1, 'a'), (2, 'b');`,
		up: 'ALTER TABLE t DROP COLUMN m;',
		down: 'ALTER TABLE t ADD COLUMN m mood;',
		loses: lostColumn('m'),
		since: `DROP TYPE mood; CREATE TYPE mood AS ENUM ('a')`,
		names: ['id 2, m b: invalid input value for enum mood: "b"'],
		stay: 1,
		back: 1,
	},
	{
		name: 'an enum that the down file makes with fewer values',
		before: `CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id integer PRIMARY KEY, m mood); INSERT INTO t VALUES (1, 'a'), (2, 'b');`,
		up: 'ALTER TABLE t DROP COLUMN m; DROP TYPE mood;',
		down: `CREATE TYPE mood AS ENUM ('a'); ALTER TABLE t ADD COLUMN m mood;`,
		loses: lostColumn('m'),
		since: 'SELECT 1',
		names: ['id 2, m b: invalid input value for enum mood: "b"'],
		stay: 1,
		back: 1,
	},
	{
		name: 'an array of an enum that the down file makes with fewer values',
		before: `CREATE TYPE mood AS ENUM ('a', 'b', 'x "y"'); CREATE TABLE t (id integer PRIMARY KEY, m mood[]); INSERT INTO t VALUES (1, '{a,NULL}'), (2, '{a,b}'), (3, NULL), (4, ARRAY['x "y"']::mood[]);`,
		up: 'ALTER TABLE t DROP COLUMN m; DROP TYPE mood;',
		down: `CREATE TYPE mood AS ENUM ('a'); ALTER TABLE t ADD COLUMN m mood[];`,
		loses: lostColumn('m'),
		since: 'SELECT 1',
		names: [
			'id 2, m {a,b}: invalid input value for enum mood: "b"',
			'invalid input value for enum mood: "x "y""',
		],
		stay: 2,
		back: 1,
	},
	{
		name: 'a domain with a new rule',
		before: `CREATE DOMAIN short AS text; CREATE TABLE t (id integer PRIMARY KEY, s short); INSERT INTO t VALUES (1, 'ok'), (2, 'too long');`,
		up: 'ALTER TABLE t DROP COLUMN s;',
		down: 'ALTER TABLE t ADD COLUMN s short;',
		loses: lostColumn('s'),
		since: 'ALTER DOMAIN short ADD CONSTRAINT short_check CHECK (length(VALUE) < 3)',
		names: ['id 2, s too long: value for domain short violates check constraint "short_check"'],
		stay: 1,
		back: 1,
	},
	{
		name: 'a domain over a shorter type',
		before: `CREATE DOMAIN short AS varchar(9); CREATE TABLE t (id integer PRIMARY KEY, s short); INSERT INTO t VALUES (1, 'ok'), (2, 'too long');`,
		up: 'ALTER TABLE t DROP COLUMN s;',
		down: 'ALTER TABLE t ADD COLUMN s short;',
		loses: lostColumn('s'),
		since: 'DROP DOMAIN short; CREATE DOMAIN short AS varchar(3)',
		names: ['id 2, s too long: value too long for type character varying(3)'],
		stay: 1,
		back: 1,
	},
	{
		name: 'a type that is shorter in the down file: nothing is cut off',
		before: `CREATE TABLE t (id integer PRIMARY KEY, w text); INSERT INTO t VALUES (1, 'abc'), (2, 'abcd');`,
		up: 'ALTER TABLE t DROP COLUMN w;',
		down: 'ALTER TABLE t ADD COLUMN w varchar(3);',
		loses: lostColumn('w'),
		since: 'SELECT 1',
		names: ['id 2, w abcd: value too long for type character varying(3)'],
		stay: 1,
		back: 1,
	},
	{
		name: 'another type in the down file',
		before: `CREATE TABLE t (id integer PRIMARY KEY, w text); INSERT INTO t VALUES (1, '12'), (2, 'twelve'), (3, NULL);`,
		up: 'ALTER TABLE t DROP COLUMN w;',
		down: 'ALTER TABLE t ADD COLUMN w integer;',
		loses: lostColumn('w'),
		since: 'SELECT 1',
		names: ['id 2, w twelve: invalid input syntax for type integer: "twelve"'],
		stay: 1,
		back: 1,
	},
	{
		name: 'rows of a table whose target is gone',
		before: `CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer CONSTRAINT t_p REFERENCES p);
			INSERT INTO p VALUES (1), (2); INSERT INTO t VALUES (1, 1), (2, 2);`,
		up: 'DROP TABLE t;',
		down: 'CREATE TABLE t (id integer PRIMARY KEY, p integer); ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p(id);',
		loses: [nameLostTable('public', 't', true)],
		since: 'DELETE FROM p WHERE id = 2',
		names: ['id 2, p 2: breaks t_p: no such row in p'],
		stay: 1,
		back: 1,
	},
	{
		name: 'rows of a table that has a unique key now',
		before: `CREATE TABLE t (id integer PRIMARY KEY, w text); INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 'b');`,
		up: 'DROP TABLE t;',
		down: 'CREATE TABLE t (id integer PRIMARY KEY, w text); ALTER TABLE t ADD CONSTRAINT t_w UNIQUE (w);',
		loses: [nameLostTable('public', 't', true)],
		since: 'SELECT 1',
		names: ['id 1, w a: breaks t_w: another row has the same w', 'id 2, w a'],
		stay: 2,
		back: 1,
	},
];

describe('kept rows that cannot go back', () => {
	it.each(cases.map((each) => [each.name, each] as const))(
		'are named before anything runs, and stay kept where that is wanted: %s',
		async (_, { before, up, down, loses, since, names, stay, back }) => {
			const app = aKeptProject(database, [
				{ tag: '0000_init', up: before },
				{ tag: '0001_lossy', up, down, reversibility: 'lossy', loses },
				{
					tag: '0002_later',
					up: 'CREATE TABLE later (id integer);',
					down: 'DROP TABLE later;',
					reversibility: 'lossless',
				},
			]);
			await app.migrate();
			await database.query(since);
			const rows = await readRows(database);
			const { keep } = await app.rollback('-2', { only: 'plan' });
			expect(keep?.conflicts).toMatchObject([{ tag: '0001_lossy', count: stay }]);
			const error = await rejectionOf(app.rollback('-2'));
			expect(error.code).toBe('KEPT_CONFLICT');
			for (const name of names) expect(error.message).toContain(name);
			// Not even the later migration was reverted.
			expect(await readRows(database)).toEqual(rows);
			const { report } = await app.rollback('-2', { skipConflicts: true });
			expect(report?.steps[1]?.refilled).toMatchObject([{ refilled: back, conflicts: stay }]);
			expect((await kept({ ...app, which: '0001' })).kept).toMatchObject([{ rows: stay }]);
		},
	);
});

describe('kept rows that can go back after all', () => {
	it.each([
		['because the down file makes room for them', 'DELETE FROM t WHERE p = 2;'],
		['because the down file makes their target', 'INSERT INTO p VALUES (2);'],
	])('are not refused %s', async (_, mend) => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer CONSTRAINT t_p REFERENCES p);
				INSERT INTO p VALUES (1), (2); INSERT INTO t VALUES (1, 1), (2, 2);`,
			},
			{
				tag: '0001_lossy',
				up: 'ALTER TABLE t DROP COLUMN p;',
				down: `ALTER TABLE t ADD COLUMN p integer; ${mend} ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p(id);`,
				reversibility: 'lossy',
				loses: lostColumn('p'),
			},
		]);
		await app.migrate();
		await database.query('DELETE FROM p WHERE id = 2');
		await app.rollback();
		expect(await database.query('SELECT id, p FROM t WHERE id = 1')).toEqual([{ id: 1, p: 1 }]);
	});

	it('because the down file takes the check away with the narrow type', async () => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE TABLE t (id integer PRIMARY KEY, w text); INSERT INTO t VALUES (1, 'abc'), (2, 'x');`,
			},
			{
				tag: '0001_narrow',
				up: `ALTER TABLE t ALTER COLUMN w SET DATA TYPE varchar(2) USING left(w, 2); ALTER TABLE t ADD CONSTRAINT t_short CHECK (length(w) < 3);`,
				down: 'ALTER TABLE t DROP CONSTRAINT t_short; ALTER TABLE t ALTER COLUMN w SET DATA TYPE text;',
				reversibility: 'lossy',
				loses: [nameLostValues('public', 't', 'w', true)],
			},
		]);
		await app.migrate();
		await app.rollback();
		expect(await database.query('SELECT w FROM t ORDER BY id')).toEqual([{ w: 'abc' }, { w: 'x' }]);
	});

	it('because an earlier step of the same plan brings their target', async () => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer CONSTRAINT t_p REFERENCES p);
				INSERT INTO p VALUES (1), (2); INSERT INTO t VALUES (1, 1), (2, 2);`,
			},
			{
				tag: '0001_column',
				up: 'ALTER TABLE t DROP COLUMN p;',
				down: 'ALTER TABLE t ADD COLUMN p integer; ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p(id);',
				reversibility: 'lossy',
				loses: lostColumn('p'),
			},
			{
				tag: '0002_table',
				up: 'DROP TABLE p;',
				down: 'CREATE TABLE p (id integer PRIMARY KEY);',
				reversibility: 'lossy',
				loses: [nameLostTable('public', 'p', true)],
			},
		]);
		await app.migrate();
		await app.rollback('-2');
		expect(await database.query('SELECT id, p FROM t ORDER BY id')).toEqual([
			{ id: 1, p: 1 },
			{ id: 2, p: 2 },
		]);
	});
});

describe('a key that changed meanwhile', () => {
	it('shows in the plan as rows that are not there any more and rows that are new', async () => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE TABLE t (id integer PRIMARY KEY, w text); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c');`,
			},
			{
				tag: '0001_lossy',
				up: 'ALTER TABLE t DROP COLUMN w;',
				down: 'ALTER TABLE t ADD COLUMN w text;',
				reversibility: 'lossy',
				loses: lostColumn('w'),
			},
		]);
		await app.migrate();
		await database.query('UPDATE t SET id = id + 10 WHERE id > 1; INSERT INTO t VALUES (7)');
		const { keep } = await app.rollback('-1', { only: 'plan' });
		expect(keep?.refills).toMatchObject([{ subject: 'column t.w', gone: 2, added: 3 }]);
		expect(keep?.conflicts).toEqual([]);
	});
});
