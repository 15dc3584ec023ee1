import { rmSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import type { Loss } from '../../src/kit/journal/migration.ts';
import { nameLostColumn, nameLostTable, nameOtherLoss } from '../../src/kit/journal/name-loss.ts';
import { describeLoss } from '../../src/kit/plan/counted-loss.ts';
import { aProject, type MigrationSpec } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readRows } from '../harness/ledger-rows.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

function open(...migrations: readonly MigrationSpec[]) {
	const project = aProject({ migrations });
	return { ...project, cwd: project.root, url: database.url, keep: false };
}

const lossy = (up: string, down: string, ...loses: readonly Loss[]): MigrationSpec => ({
	tag: '0000_x',
	up,
	down,
	reversibility: 'lossy',
	loses,
});

async function lossesOf(migration: MigrationSpec, rows: string): Promise<readonly string[]> {
	const project = open(migration);
	await migrate(project);
	await database.query(rows);
	const { losses } = await rollback({ ...project, target: 'base', only: 'plan' });
	expect(await readRows(database)).toHaveLength(1);
	return losses.map(describeLoss);
}

describe('rollback', () => {
	test('counts the rows and the values that would be lost', async () => {
		const migration = lossy(
			'CREATE TABLE users (id int, nickname text); CREATE TABLE empty ();',
			'DROP TABLE users; DROP TABLE empty;',
			nameLostTable('public', 'users', false),
			nameLostColumn('public', 'users', 'nickname', false),
			nameLostTable('public', 'empty', false),
		);
		expect(await lossesOf(migration, `INSERT INTO users VALUES (1, 'a'), (2, NULL), (3, 'c')`)).toEqual([
			'table users: 3 rows',
			'users.nickname: 2 of 3 rows hold a value',
			'table empty: 0 rows',
		]);
	});

	test('counts under odd names and in other schemas', async () => {
		const migration = lossy(
			`CREATE SCHEMA "Odd ""s"; CREATE TABLE "Odd ""s"."a.b; c" ("x'y" int); CREATE TABLE "select" ("Ü--" int)`,
			`DROP SCHEMA "Odd ""s" CASCADE; DROP TABLE "select"`,
			nameLostTable('Odd "s', 'a.b; c', false),
			nameLostColumn('Odd "s', 'a.b; c', "x'y", false),
			nameLostColumn('public', 'select', 'Ü--', false),
		);
		const rows = `INSERT INTO "Odd ""s"."a.b; c" VALUES (1), (NULL); INSERT INTO "select" VALUES (1)`;
		expect(await lossesOf(migration, rows)).toEqual([
			'table "Odd ""s"."a.b; c": 2 rows',
			`"Odd ""s"."a.b; c"."x'y": 1 of 2 rows hold a value`,
			'"select"."Ü--": 1 of 1 row holds a value',
		]);
	});

	test('counts rows that row-level security hides from a careless look, in partitions, and not what is gone', async () => {
		const migration = lossy(
			`CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9); ALTER TABLE p ENABLE ROW LEVEL SECURITY; CREATE TABLE gone ()`,
			'DROP TABLE p; DROP TABLE IF EXISTS gone',
			nameLostTable('public', 'p', false),
			nameLostTable('public', 'gone', false),
			nameLostColumn('public', 'p', 'dropped_by_hand', false),
		);
		expect(await lossesOf(migration, 'INSERT INTO p VALUES (1), (2); DROP TABLE gone')).toEqual([
			'table p: 2 rows',
		]);
	});

	test('refuses to lose rows without a yes, and asks only about what is there to be lost', async () => {
		const project = open(
			lossy('CREATE TABLE t (a int)', 'DROP TABLE t', nameLostTable('public', 't', false)),
		);
		await migrate(project);
		await database.query('INSERT INTO t VALUES (1)');
		expect((await rejectionOf(rollback({ ...project, target: '-1' }))).code).toBe('DATA_LOSS');
		expect(
			(await rejectionOf(rollback({ ...project, target: '-1', confirmLosses: async () => false }))).code,
		).toBe('DATA_LOSS');
		expect(await readRows(database)).toHaveLength(1);
		await database.query('DELETE FROM t');
		await rollback({ ...project, target: '-1', confirmLosses: () => Promise.reject(new Error('asked')) });
		expect(await readRows(database)).toEqual([]);
	});

	test('asks again when rows came between the question and the lock', async () => {
		const project = open(
			lossy('CREATE TABLE t (a int)', 'DROP TABLE t', nameLostTable('public', 't', false)),
		);
		await migrate(project);
		await database.query('INSERT INTO t VALUES (1)');
		const asked: string[] = [];
		const confirmLosses = async (losses: Parameters<typeof describeLoss>[0][]) => {
			asked.push(losses.map(describeLoss).join());
			if (asked.length === 1) await database.query('INSERT INTO t VALUES (2)');
			return true;
		};
		await rollback({ ...project, target: '-1', confirmLosses: confirmLosses as never });
		expect(asked).toEqual(['table t: 1 row', 'table t: 2 rows']);
	});

	test('wants a yes for what cannot be counted, and takes one given beforehand', async () => {
		const project = open(lossy('SELECT 1', 'SELECT 2', nameOtherLoss('the order of things', false)));
		await migrate(project);
		expect((await rejectionOf(rollback({ ...project, target: '-1' }))).code).toBe('DATA_LOSS');
		await rollback({ ...project, target: '-1', acceptDataLoss: true });
		expect(await readRows(database)).toEqual([]);
	});

	test('goes back from an older checkout with the down that the log kept', async () => {
		const project = open(
			{ tag: '0000_a', up: 'CREATE TABLE a ()', down: 'DROP TABLE a' },
			{ tag: '0001_b', up: 'CREATE TABLE b ()', down: 'DROP TABLE b' },
		);
		await migrate(project);
		const older = open({ tag: '0000_a', up: 'CREATE TABLE a ()', down: 'DROP TABLE a' });
		const report = await rollback({ ...older, target: '-1' });
		expect(report.report?.steps).toMatchObject([{ kind: 'revert', tag: '0001_b' }]);
		expect(await database.query(`SELECT to_regclass('a') AS a, to_regclass('b') AS b`)).toEqual([
			{ a: 'a', b: null },
		]);
		expect(await readRows(database)).toHaveLength(1);
	});

	test("goes back with the log's copy when only the down file was deleted", async () => {
		const project = open({ tag: '0000_a', up: 'CREATE TABLE a ()', down: 'DROP TABLE a' });
		await migrate(project);
		rmSync(`${project.root}/drizzle/0000_a.down.sql`);
		await rollback({ ...project, target: 'base' });
		expect(await readRows(database)).toEqual([]);
	});

	test('keeps what was reverted before a down that fails', async () => {
		const project = open(
			{ tag: '0000_a', up: 'CREATE TABLE a ()', down: 'DROP TABLE nobody' },
			{ tag: '0001_b', up: 'CREATE TABLE b ()', down: 'DROP TABLE b' },
		);
		await migrate(project);
		const error = await rejectionOf(rollback({ ...project, target: 'base' }));
		expect([error.code, error.details.finished]).toEqual(['STATEMENT_FAILED', ['0001_b']]);
		expect(await readRows(database)).toHaveLength(1);
	});
});

describe('what somebody else made', () => {
	const makes: MigrationSpec = {
		tag: '0000_x',
		up: `CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, "A b" text UNIQUE); CREATE VIEW v AS SELECT id FROM t`,
		down: 'DROP VIEW v; DROP TABLE t; DROP TYPE mood',
	};

	test.each([
		['a view', 'CREATE VIEW "By hand" AS SELECT "A b" FROM t', 'view "By hand" depends on table t'],
		['a view on a view', 'CREATE VIEW w AS SELECT * FROM v', 'view w depends on view v'],
		[
			'a foreign key',
			'CREATE TABLE k (t int CONSTRAINT k_t REFERENCES t)',
			'constraint k_t on table k depends on table t',
		],
		['a column of a type', 'CREATE TABLE k (m mood[])', 'column m of table k depends on type mood[]'],
		[
			'a function over rows',
			'CREATE FUNCTION f(t) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$',
			'function f(t) depends on table t',
		],
	])('%s stops the plan and is named, and nothing is dropped', async (_name, made, words) => {
		const project = open(makes);
		await migrate(project);
		await database.query(made);
		const error = await rejectionOf(rollback({ ...project, target: 'base', acceptDataLoss: true }));
		expect(error).toMatchObject({
			code: 'DEPENDENTS_FOUND',
			message: expect.stringContaining(`0000_x: ${words}`),
		});
		expect(await readRows(database)).toHaveLength(1);
		expect(await database.query('SELECT * FROM v')).toEqual([]);
	});

	test.each([
		[
			'a column',
			'ALTER TABLE u DROP COLUMN b',
			'CREATE VIEW w AS SELECT b FROM u',
			'view w depends on column b of table u',
		],
		[
			'a unique key',
			'ALTER TABLE u DROP CONSTRAINT u_a',
			'CREATE TABLE k (a int CONSTRAINT k_a REFERENCES u (a))',
			'constraint k_a on table k depends on',
		],
		[
			'the type of a column',
			'ALTER TABLE u ALTER b TYPE varchar(9)',
			'CREATE VIEW w AS SELECT b FROM u',
			'view w depends on column b of table u',
		],
		['a sequence', 'DROP SEQUENCE q', "CREATE TABLE k (a int DEFAULT nextval('q'))", 'depends on sequence q'],
	])('is named where it needs %s', async (_name, down, made, words) => {
		const base = 'CREATE TABLE u (a int CONSTRAINT u_a UNIQUE, b text); CREATE SEQUENCE q';
		const project = open({ tag: '0000_x', up: base, down });
		await migrate(project);
		await database.query(made);
		const error = await rejectionOf(rollback({ ...project, target: 'base', acceptDataLoss: true }));
		expect(error).toMatchObject({ code: 'DEPENDENTS_FOUND', message: expect.stringContaining(words) });
	});

	test('is no matter where the down drops it with its table, or by a name that is none', async () => {
		const up = `CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (m mood, n int);
			CREATE INDEX t_open ON t (n) WHERE m = 'a'; CREATE STATISTICS t_s ON m, n FROM t;
			CREATE POLICY t_p ON t USING (m = 'a'); ALTER TABLE t ADD CHECK (m <> 'a');
			CREATE FUNCTION to_mood(int) RETURNS mood LANGUAGE sql AS $$ SELECT 'a'::mood $$;
			CREATE CAST (int AS mood) WITH FUNCTION to_mood(int);`;
		const down = 'DROP CAST (int AS mood); DROP FUNCTION to_mood(int); DROP TABLE t; DROP TYPE mood;';
		const project = open({ tag: '0000_x', up, down });
		await migrate(project);
		await rollback({ ...project, target: 'base', acceptDataLoss: true });
		expect(await readRows(database)).toEqual([]);
	});

	test('is no matter where it goes by itself, or where a later migration made it', async () => {
		const later: MigrationSpec = {
			tag: '0001_y',
			up: 'CREATE VIEW w AS SELECT * FROM t; CREATE TABLE k (t int REFERENCES t)',
			down: 'DROP TABLE k; DROP VIEW w',
		};
		const project = open(makes, later);
		await migrate(project);
		await database.query(
			'CREATE INDEX by_hand ON t (id); ALTER TABLE t ADD CHECK (id > 0), ADD p int REFERENCES t',
		);
		await rollback({ ...project, target: 'base', acceptDataLoss: true });
		expect(await readRows(database)).toEqual([]);
	});

	test('is named by the run where the plan cannot know', async () => {
		const project = open({
			...makes,
			down: "DO $$ begin execute 'drop view v'; execute 'drop table t'; end $$",
		});
		await migrate(project);
		await database.query('CREATE VIEW w AS SELECT id FROM t');
		const error = await rejectionOf(rollback({ ...project, target: 'base', acceptDataLoss: true }));
		expect(error).toMatchObject({
			code: 'STATEMENT_FAILED',
			message: expect.stringContaining('view w depends on table t'),
			hint: expect.stringContaining('Nothing of 0000_x was reverted'),
		});
	});
});

test('migrate refuses COPY from a client before anything runs, and says what to do', async () => {
	const project = open(
		{ tag: '0000_x', up: 'CREATE TABLE t (a int)' },
		{ tag: '0001_rows', up: 'SELECT 1;\nCOPY t (a) FROM stdin;\n1\n\\.\n' },
	);
	const error = await rejectionOf(migrate(project));
	expect(error).toMatchObject({
		code: 'STATEMENT_FAILED',
		message: expect.stringMatching(/0001_rows\.sql:2:1: COPY … FROM STDIN .* INSERT … VALUES/),
	});
	expect(await database.query(`SELECT to_regclass('t') AS found`)).toEqual([{ found: null }]);
});
