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
