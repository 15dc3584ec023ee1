import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { kept } from '../../src/kit/commands/kept.ts';
import { nameLostColumn, nameLostTable } from '../../src/kit/journal/name-loss.ts';
import type { MigrationSpec } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { useDatabase } from '../harness/test-database.ts';
import { aKeptProject, readStores } from './a-kept-project.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const init: MigrationSpec = {
	tag: '0000_init',
	up: `CREATE TABLE p (id integer PRIMARY KEY); CREATE TABLE t (id integer PRIMARY KEY, p integer CONSTRAINT t_p REFERENCES p, w text CONSTRAINT t_w UNIQUE);
	INSERT INTO p VALUES (1), (2), (3); INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c');`,
};
const dropColumn: MigrationSpec = {
	tag: '0001_drop',
	up: 'ALTER TABLE t DROP COLUMN p;',
	down: 'ALTER TABLE t ADD COLUMN p integer; ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p;',
	reversibility: 'lossy',
	loses: [nameLostColumn('public', 't', 'p', true)],
};
const dropTable: MigrationSpec = {
	tag: '0001_drop',
	up: 'DROP TABLE t;',
	down: `CREATE TABLE t (id integer PRIMARY KEY, p integer, w text); ALTER TABLE t ADD CONSTRAINT t_p FOREIGN KEY (p) REFERENCES p;`,
	reversibility: 'lossy',
	loses: [nameLostTable('public', 't', true)],
};

describe('values that cannot go back', () => {
	it.each([
		[
			'of a column',
			dropColumn,
			't',
			'SELECT count(p)::int AS n, count(*)::int AS rows FROM t',
			{ n: 2, rows: 3 },
		],
		[
			'of a table',
			dropTable,
			't',
			'SELECT count(p)::int AS n, count(*)::int AS rows FROM t',
			{ n: 2, rows: 2 },
		],
	])('are named where their target was deleted since: %s', async (_, migration, which, ask, answer) => {
		const app = aKeptProject(database, [init, migration]);
		await app.migrate();
		await database.query('DELETE FROM p WHERE id = 2');
		const error = await rejectionOf(app.rollback());
		expect(error.code).toBe('KEPT_CONFLICT');
		expect(error.message).toContain('id 2, p 2: breaks t_p: no such row in p');
		expect(await readStores(database)).toHaveLength(1);
		const { report } = await app.rollback('-1', { skipConflicts: true });
		expect(report?.steps[0]?.refilled).toMatchObject([{ refilled: 2, conflicts: 1 }]);
		expect(await database.query(ask)).toEqual([answer]);
		expect((await kept({ ...app, which })).kept).toMatchObject([{ rows: 1, values: 1 }]);
		await database.query('INSERT INTO p VALUES (2)');
		const { restored } = await kept({ ...app, which, action: { kind: 'restore' } });
		expect(restored).toMatchObject([{ refilled: 1, conflicts: 0 }]);
		expect(await database.query('SELECT p FROM t WHERE id = 2')).toEqual([{ p: 2 }]);
		expect(await readStores(database)).toEqual([]);
	});

	it('are named where the type does not take them any more', async () => {
		const app = aKeptProject(database, [
			{
				tag: '0000_init',
				up: `CREATE TYPE mood AS ENUM ('a', 'b'); CREATE TABLE t (id integer PRIMARY KEY, m mood); INSERT INTO t VALUES (1, 'a'), (2, 'b');`,
			},
			{
				tag: '0001_drop',
				up: 'ALTER TABLE t DROP COLUMN m;',
				down: 'ALTER TABLE t ADD COLUMN m mood;',
				reversibility: 'lossy',
				loses: [nameLostColumn('public', 't', 'm', true)],
			},
		]);
		await app.migrate();
		await database.query(`DROP TYPE mood; CREATE TYPE mood AS ENUM ('a')`);
		const error = await rejectionOf(app.rollback());
		expect(error.code).toBe('KEPT_CONFLICT');
		expect(error.message).toContain('id 2, m b: invalid input value for enum mood: "b"');
		expect(await database.query('SELECT * FROM t LIMIT 1')).toEqual([{ id: 1 }]);
		const { report } = await app.rollback('-1', { skipConflicts: true });
		expect(report?.steps[0]?.refilled).toMatchObject([{ refilled: 1, conflicts: 1 }]);
	});

	it('stay kept where the table is gone or has lost its key', async () => {
		const app = aKeptProject(database, [init, dropColumn]);
		await app.migrate();
		await database.query('ALTER TABLE t RENAME COLUMN id TO other');
		const { report } = await app.rollback();
		expect(report?.steps[0]?.refilled).toMatchObject([
			{ refilled: 0, stays: expect.stringContaining('with id to find its rows by') },
		]);
		await database.query('ALTER TABLE t RENAME COLUMN other TO id');
		await kept({ ...app, action: { kind: 'restore' } });
		expect(await database.query('SELECT p FROM t ORDER BY id')).toEqual([{ p: 1 }, { p: 2 }, { p: 3 }]);
	});
});

describe('before anything runs', () => {
	it('a migrate over the limit is refused, and goes on with --keep or --no-keep', async () => {
		const app = aKeptProject(database, [init, dropColumn], { companion: { keep: { limit: '1kB' } } });
		await app.migrate({ target: '0000' });
		await database.query(`INSERT INTO t SELECT i, 1, i::text FROM generate_series(10, 1000) i`);
		expect((await rejectionOf(app.migrate())).code).toBe('DATA_LOSS');
		expect(await database.query('SELECT count(p)::int AS n FROM t')).toEqual([{ n: 994 }]);
		const asked: number[] = [];
		await app.migrate({ confirmKeep: async ({ bytes }) => asked.push(bytes) > 0 });
		expect(asked).toHaveLength(1);
		expect(await readStores(database)).toHaveLength(1);
	});

	it('a rollback in mode ask is refused where nobody answers, and not kept in mode never', async () => {
		const added: MigrationSpec = {
			tag: '0001_add',
			up: 'ALTER TABLE t ADD COLUMN x text;',
			down: 'ALTER TABLE t DROP COLUMN x;',
			reversibility: 'lossy',
			loses: [nameLostColumn('public', 't', 'x', false)],
		};
		for (const mode of ['ask', 'never']) {
			await database.empty();
			const app = aKeptProject(database, [init, added], { companion: { keep: { mode } } });
			await app.migrate();
			await app.rollback();
			await app.migrate();
			await database.query(`UPDATE t SET x = 'x' WHERE id = 1`);
			expect((await rejectionOf(app.rollback())).code).toBe('DATA_LOSS');
			await app.rollback('-1', { keep: true });
			await app.migrate();
			expect(await database.query('SELECT count(x)::int AS n FROM t')).toEqual([{ n: 1 }]);
		}
	});

	it('a migration that cannot run in one transaction is not kept', async () => {
		const app = aKeptProject(database, [
			init,
			{
				...dropColumn,
				up: 'ALTER TABLE t DROP COLUMN p;\n--> statement-breakpoint\nCREATE INDEX CONCURRENTLY i ON t (w);',
			},
		]);
		await app.migrate({ target: '0000' });
		const error = await rejectionOf(app.migrate());
		expect(error.code).toBe('DATA_LOSS');
		expect(error.message).toContain('cannot run inside a transaction');
		await app.migrate({ keep: false });
	});
});

describe('db:kept', () => {
	it('lists, exports, prunes and drops', async () => {
		const app = aKeptProject(database, [
			init,
			dropColumn,
			{ ...dropTable, tag: '0002_drop', up: 'DROP TABLE t;' },
		]);
		expect((await kept(app)).kept).toEqual([]);
		await app.migrate();
		expect((await kept(app)).kept).toMatchObject([
			{ subject: 'column t.p', tag: '0001_drop', rows: 3, values: 3, direction: 'apply' },
			{ subject: 'table t', tag: '0002_drop', rows: 3, direction: 'apply' },
		]);
		const { exported } = await kept({ ...app, action: { kind: 'export', file: 'kept.sql' } });
		expect(exported?.rows).toBe(6);
		expect(existsSync(join(app.cwd, 'kept.sql'))).toBe(true);
		expect(app.project.read('kept.sql')).toContain(
			'COPY public.t (id, w) FROM stdin;\n1\ta\n2\tb\n3\tc\n\\.\n',
		);
		expect((await rejectionOf(kept({ ...app, action: { kind: 'export', file: 'kept.sql' } }))).code).toBe(
			'USAGE',
		);
		expect((await kept({ ...app, action: { kind: 'prune', olderThan: 60_000 } })).kept).toEqual([]);
		expect((await rejectionOf(kept({ ...app, which: 't', action: { kind: 'drop' } }))).code).toBe(
			'CONFIRMATION_REQUIRED',
		);
		expect((await rejectionOf(kept({ ...app, which: 'nobody' }))).code).toBe('KEPT_NOT_FOUND');
		await kept({ ...app, which: '0002', action: { kind: 'drop' }, yes: true });
		expect((await kept(app)).kept).toMatchObject([{ subject: 'column t.p' }]);
		await kept({ ...app, action: { kind: 'prune', olderThan: 0 } });
		expect(await readStores(database)).toEqual([]);
	});

	it('restores values where a column has nothing but its default, each column for itself', async () => {
		const app = aKeptProject(database, [
			init,
			{
				tag: '0001_two',
				up: `ALTER TABLE t ADD COLUMN a varchar(9) DEFAULT 'd' NOT NULL; ALTER TABLE t ADD COLUMN b integer;`,
				down: 'ALTER TABLE t DROP COLUMN a; ALTER TABLE t DROP COLUMN b;',
				reversibility: 'lossy',
				loses: [nameLostColumn('public', 't', 'a', false), nameLostColumn('public', 't', 'b', false)],
			},
		]);
		await app.migrate();
		await database.query(`UPDATE t SET a = 'a' || id, b = id`);
		await app.rollback();
		// As a script that a DBA ran has left it.
		await database.query(
			`ALTER TABLE t ADD COLUMN a varchar(9) DEFAULT 'd' NOT NULL; ALTER TABLE t ADD COLUMN b integer; UPDATE t SET a = 'since' WHERE id = 1; UPDATE t SET b = 7 WHERE id = 2`,
		);
		const { restored } = await kept({ ...app, action: { kind: 'restore' } });
		expect(restored).toMatchObject([
			{ subject: 'column t.a', refilled: 2, changedSince: 1 },
			{ subject: 'column t.b', refilled: 2, changedSince: 1 },
		]);
		expect(await database.query('SELECT id, a, b FROM t ORDER BY id')).toEqual([
			{ id: 1, a: 'since', b: 1 },
			{ id: 2, a: 'a2', b: 7 },
			{ id: 3, a: 'a3', b: 3 },
		]);
	});

	it('restores a table that is gone, and values onto rows that have none', async () => {
		const app = aKeptProject(database, [init, dropTable]);
		await app.migrate();
		await kept({ ...app, action: { kind: 'restore' } });
		expect(await database.query('SELECT * FROM t ORDER BY id')).toEqual([
			{ id: 1, p: 1, w: 'a' },
			{ id: 2, p: 2, w: 'b' },
			{ id: 3, p: 3, w: 'c' },
		]);
	});
});
