import { beforeEach, describe, expect, it } from 'vitest';
import { kept } from '../../src/kit/commands/kept.ts';
import { nameLostColumn, nameLostTable } from '../../src/kit/journal/name-loss.ts';
import { useDatabase } from '../harness/test-database.ts';
import { useScratch } from '../reverse/use-scratch-server.ts';
import { aKeptProject, readRows } from './a-kept-project.ts';
import { type Change, goThereAndBack } from './there-and-back.ts';

const database = useDatabase();
const scratch = useScratch();
beforeEach(() => database.empty());

const texts = ['CREATE TABLE t (id integer PRIMARY KEY, c text)'];
const textRows = [`INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL)`];

/** A table or a column is dropped, and another of its name is made, in one migration. */
const changes: Readonly<Record<string, Change>> = {
	'a column of the same type': {
		before: texts,
		seed: textRows,
		up: ['ALTER TABLE t DROP COLUMN c', 'ALTER TABLE t ADD COLUMN c text'],
		fill: [`UPDATE t SET c = 'new' WHERE id > 1`],
	},
	'a column that had no value at all': {
		before: texts,
		seed: ['INSERT INTO t VALUES (1, NULL)'],
		up: ['ALTER TABLE t DROP COLUMN c', 'ALTER TABLE t ADD COLUMN c text'],
		fill: [`UPDATE t SET c = 'new'`],
	},
	'a column of another type': {
		before: texts,
		seed: textRows,
		up: ['ALTER TABLE t DROP COLUMN c', 'ALTER TABLE t ADD COLUMN c integer'],
		fill: ['UPDATE t SET c = id * 10'],
	},
	'a column that is strict now': {
		before: texts,
		seed: textRows,
		up: ['ALTER TABLE t DROP COLUMN c', `ALTER TABLE t ADD COLUMN c text DEFAULT 'd' NOT NULL`],
	},
	'a column that was strict, with a check': {
		before: [`CREATE TABLE t (id integer PRIMARY KEY, c text NOT NULL CHECK (c <> ''))`],
		seed: [`INSERT INTO t VALUES (1, 'one'), (2, 'two')`],
		up: ['ALTER TABLE t DROP COLUMN c', 'ALTER TABLE t ADD COLUMN c text'],
		fill: [`UPDATE t SET c = '' WHERE id = 1`],
	},
	'a serial column that is an ordinary one now': {
		before: ['CREATE TABLE t (id integer PRIMARY KEY, c serial)'],
		seed: ['INSERT INTO t VALUES (1), (2)'],
		up: ['ALTER TABLE t DROP COLUMN c', 'ALTER TABLE t ADD COLUMN c integer'],
		ask: 'SELECT last_value, is_called FROM t_c_seq',
	},
	'a column that is generated now': {
		before: ['CREATE TABLE t (id integer PRIMARY KEY, a text, c text)'],
		seed: [`INSERT INTO t VALUES (1, 'x', 'own'), (2, 'y', NULL)`],
		up: [
			'ALTER TABLE t DROP COLUMN c',
			'ALTER TABLE t ADD COLUMN c text GENERATED ALWAYS AS (upper(a)) STORED',
		],
	},
	'a column of a parent and its children': {
		before: [
			'CREATE TABLE t (id integer PRIMARY KEY, c text)',
			'CREATE TABLE child (x integer, PRIMARY KEY (id)) INHERITS (t)',
		],
		seed: [`INSERT INTO t VALUES (1, 'parent')`, `INSERT INTO child VALUES (1, 'child', 5)`],
		up: ['ALTER TABLE t DROP COLUMN c', 'ALTER TABLE t ADD COLUMN c text'],
		fill: [`UPDATE t SET c = 'new'`],
	},
	'a column of a partitioned table': {
		before: [
			'CREATE TABLE t (id integer, c text, PRIMARY KEY (id)) PARTITION BY RANGE (id)',
			'CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (10)',
			'CREATE TABLE t2 PARTITION OF t DEFAULT',
		],
		seed: [`INSERT INTO t VALUES (1, 'one'), (11, 'eleven')`],
		up: ['ALTER TABLE t DROP COLUMN c', 'ALTER TABLE t ADD COLUMN c text'],
		fill: [`UPDATE t SET c = 'new' WHERE id = 1`],
	},
	'a table with other columns': {
		before: texts,
		seed: textRows,
		up: [
			'DROP TABLE t',
			'CREATE TABLE t (key uuid PRIMARY KEY DEFAULT gen_random_uuid(), n integer NOT NULL)',
		],
		fill: ['INSERT INTO t (n) VALUES (7), (8)'],
	},
	'a table with another type of key, which other tables refer to': {
		before: [
			'CREATE TABLE t (id serial PRIMARY KEY, c text)',
			'CREATE TABLE k (id integer PRIMARY KEY, t integer REFERENCES t ON DELETE CASCADE)',
		],
		seed: [`INSERT INTO t (c) VALUES ('a'), ('b')`, 'INSERT INTO k VALUES (1, 1), (2, 2)'],
		up: [
			'ALTER TABLE k DROP COLUMN t',
			'DROP TABLE t',
			'CREATE TABLE t (id uuid PRIMARY KEY, c text NOT NULL)',
			'ALTER TABLE k ADD COLUMN t uuid REFERENCES t ON DELETE CASCADE',
		],
		fill: [
			`INSERT INTO t VALUES ('9d8f2d0c-1111-4222-8333-444455556666', 'new')`,
			`UPDATE k SET t = '9d8f2d0c-1111-4222-8333-444455556666' WHERE id = 1`,
		],
	},
	'the same table': {
		before: texts,
		seed: textRows,
		up: ['DROP TABLE t', 'CREATE TABLE t (id integer PRIMARY KEY, c text)'],
		fill: [`INSERT INTO t VALUES (1, 'another one')`],
	},
};

describe('what is dropped and made again in one migration goes there and back, twice', () => {
	it.each(Object.entries(changes))('%s', async (_, change) => {
		await goThereAndBack(database, scratch, change);
	});
});

const sameColumn = {
	tag: '0001_again',
	up: 'ALTER TABLE t DROP COLUMN c; ALTER TABLE t ADD COLUMN c text;',
	down: 'SELECT 1;',
	reversibility: 'lossy' as const,
	loses: [nameLostColumn('public', 't', 'c', true)],
};
const init = {
	tag: '0000_init',
	up: `CREATE TABLE t (id integer PRIMARY KEY, c text); INSERT INTO t VALUES (1, 'one'), (2, 'two');`,
};

describe('what stands where kept data belongs', () => {
	it('shows in the plan as something that will be set aside', async () => {
		const app = aKeptProject(database, [init, sameColumn]);
		await app.migrate();
		await database.query(`UPDATE t SET c = 'new'; INSERT INTO t VALUES (3, 'three')`);
		const { keep } = await app.rollback('-1', { only: 'plan' });
		expect(keep?.keeps).toMatchObject([{ subject: 'column t.c', rows: 3, values: 3 }]);
		await app.rollback();
		expect(await database.query('SELECT c FROM t ORDER BY id')).toEqual([
			{ c: 'one' },
			{ c: 'two' },
			{ c: 'three' },
		]);
	});

	it('stays where it may not be set aside, and so does what is kept', async () => {
		const app = aKeptProject(database, [init, sameColumn]);
		await app.migrate();
		await database.query(`UPDATE t SET c = 'new'`);
		const { report } = await app.rollback('-1', { keep: false });
		expect(report?.steps[0]?.refilled).toMatchObject([{ refilled: 0, stays: expect.any(String) }]);
		expect(await database.query('SELECT DISTINCT c FROM t')).toEqual([{ c: 'new' }]);
		expect((await kept(app)).kept).toMatchObject([{ subject: 'column t.c', values: 2 }]);
	});

	it('stays where rows of another table refer to it', async () => {
		const app = aKeptProject(database, [
			{ ...init, up: `${init.up} CREATE TABLE k (id integer PRIMARY KEY, t integer);` },
			{
				tag: '0001_again',
				up: 'DROP TABLE t; CREATE TABLE t (id integer PRIMARY KEY, c text);',
				down: 'SELECT 1;',
				reversibility: 'lossy',
				loses: [nameLostTable('public', 't', true)],
			},
		]);
		await app.migrate();
		await database.query(
			`INSERT INTO t VALUES (9, 'nine'); INSERT INTO k VALUES (1, 9); ALTER TABLE k ADD FOREIGN KEY (t) REFERENCES t ON DELETE CASCADE`,
		);
		const rows = await readRows(database);
		const { report } = await app.rollback();
		expect(report?.steps[0]?.refilled).toMatchObject([
			{ refilled: 0, stays: 'rows of k refer to the rows that are in public.t now' },
		]);
		expect(await readRows(database)).toEqual(rows);
		expect((await kept({ ...app, which: '0001' })).kept).toMatchObject([
			{ direction: 'apply', rows: 2 },
			{ direction: 'revert', rows: 1 },
		]);
	});
});
