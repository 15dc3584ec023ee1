import { beforeEach, expect, it } from 'vitest';
import { nameLostColumn, nameLostTable } from '../../src/kit/journal/name-loss.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { useDatabase } from '../harness/test-database.ts';
import { aKeptProject, readRows, readStores } from './a-kept-project.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const init = {
	tag: '0000_init',
	up: `CREATE TABLE t (id integer PRIMARY KEY, w text DEFAULT 'd' NOT NULL); INSERT INTO t VALUES (1, 'a'), (2, 'b');`,
};

it('a column with a default is filled again by a migration that builds an index concurrently', async () => {
	const app = aKeptProject(database, [
		init,
		{
			tag: '0001_column',
			up: `ALTER TABLE t ADD COLUMN c text DEFAULT 'd' NOT NULL;\n--> statement-breakpoint\nCREATE INDEX CONCURRENTLY i ON t (c);`,
			down: 'DROP INDEX i; ALTER TABLE t DROP COLUMN c;',
			reversibility: 'lossy',
			loses: [nameLostColumn('public', 't', 'c', false)],
		},
	]);
	await app.migrate();
	await database.query(`UPDATE t SET c = 'mine' WHERE id = 1`);
	await app.rollback();
	const { report } = await app.migrate();
	expect(report?.steps[0]?.refilled).toMatchObject([{ refilled: 2, changedSince: 0 }]);
	expect(await database.query('SELECT c FROM t ORDER BY id')).toEqual([{ c: 'mine' }, { c: 'd' }]);
	expect(await readStores(database)).toEqual([]);
});

it('a column with a default is filled again by a down file that asks for no transaction', async () => {
	const app = aKeptProject(database, [
		init,
		{
			tag: '0001_drop',
			up: 'ALTER TABLE t DROP COLUMN w;',
			down: `-- companion: no-transaction\nALTER TABLE t ADD COLUMN w text DEFAULT 'd' NOT NULL;`,
			reversibility: 'lossy',
			loses: [nameLostColumn('public', 't', 'w', true)],
		},
	]);
	await app.migrate();
	await database.query('INSERT INTO t VALUES (3); DELETE FROM t WHERE id = 1');
	await app.rollback();
	expect(await database.query('SELECT * FROM t ORDER BY id')).toEqual([
		{ id: 2, w: 'b' },
		{ id: 3, w: 'd' },
	]);
});

it('rows that such a migration inserts give way to those that are kept', async () => {
	const app = aKeptProject(database, [
		init,
		{
			tag: '0001_table',
			up: `CREATE TABLE s (id serial PRIMARY KEY, w text); INSERT INTO s (w) VALUES ('one'), ('two');\n--> statement-breakpoint\nCREATE INDEX CONCURRENTLY i ON s (w);`,
			down: 'DROP TABLE s;',
			reversibility: 'lossy',
			loses: [nameLostTable('public', 's', false)],
		},
	]);
	await app.migrate();
	await database.query(`UPDATE s SET w = 'mine' WHERE id = 1; INSERT INTO s (w) VALUES ('three')`);
	const rows = await readRows(database);
	await app.rollback();
	await app.migrate();
	expect(await readRows(database)).toEqual(rows);
	expect(await database.query(`INSERT INTO s (w) VALUES ('four') RETURNING id`)).toEqual([{ id: 4 }]);
});

it('a migration that loses something and cannot be kept says what it is, and what to do', async () => {
	const app = aKeptProject(database, [
		init,
		{
			tag: '0001_drop',
			up: 'ALTER TABLE t DROP COLUMN w;\n--> statement-breakpoint\nCREATE INDEX CONCURRENTLY i ON t (id);',
			down: 'DROP INDEX i; ALTER TABLE t ADD COLUMN w text;',
			reversibility: 'lossy',
			loses: [nameLostColumn('public', 't', 'w', true)],
		},
	]);
	await app.migrate({ target: '0000' });
	for (const options of [{}, { keep: true }]) {
		const error = await rejectionOf(app.migrate(options));
		expect(error.code).toBe('DATA_LOSS');
		expect(error.message).toContain('column t.w: 2 of 2 values');
		expect(error.hint).toContain('into a migration of their own');
		expect(error.hint).toContain('pnpm db:migrate --no-keep');
	}
	expect(await database.query('SELECT count(w)::int AS n FROM t')).toEqual([{ n: 2 }]);
});
