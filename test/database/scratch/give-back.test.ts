import { expect, test } from 'vitest';
import { giveBack } from '../../../src/kit/database/scratch/give-back.ts';
import { useScratch } from '../../reverse/use-scratch-server.ts';

const scratch = useScratch();

/** What a session is like: its process and what SQL may have left in it. */
const TRACES = `SELECT pg_backend_pid() AS pid, current_setting('search_path') AS path, current_user::text AS role,
	(SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks,
	(SELECT count(*)::int FROM pg_class WHERE relpersistence = 't') AS temporary,
	(SELECT count(*)::int FROM pg_listening_channels()) AS channels,
	(SELECT count(*)::int FROM pg_cursors WHERE is_holdable) AS cursors,
	(SELECT count(*)::int FROM pg_prepared_statements WHERE name !~ '^companion') AS prepared`;

async function tracesOf(sql: string, before: readonly string[] = []) {
	const database = await scratch.database(before);
	await database.disconnect();
	const first = (await database.query(TRACES)).rows[0];
	const client = await database.pool().connect();
	await client.query(sql);
	await giveBack(client, sql);
	const next = (await database.query(TRACES)).rows[0];
	await database.drop();
	const { pid, ...traces } = next;
	const { pid: firstPid, ...clean } = first;
	return { isSame: pid === firstPid, isClean: JSON.stringify(traces) === JSON.stringify(clean) };
}

test.each([
	['SET search_path = pg_catalog'],
	['SET ROLE pg_monitor'],
	["SELECT set_config('search_path', 'pg_catalog', false)"],
	['SELECT pg_advisory_lock(4711)'],
	['CREATE TEMP TABLE x (a int)'],
	['LISTEN x'],
	['DECLARE c CURSOR WITH HOLD FOR SELECT 1'],
])('a session in which %s ran is as new, and the same', async (sql) => {
	expect(await tracesOf(sql)).toEqual({ isSame: true, isClean: true });
});

test.each([
	['PREPARE x AS SELECT 1'],
	["LOAD 'plpgsql'"],
	[
		"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = pg_catalog', current_database()); END $$",
	],
])('another session takes the place of one in which %s ran', async (sql) => {
	expect(await tracesOf(sql)).toMatchObject({ isSame: false });
});

test('another session takes the place of one that may have compiled a function', async () => {
	const made = ['CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$'];
	expect(await tracesOf('SELECT f()', made)).toEqual({ isSame: false, isClean: true });
});

test('a function that was compiled before a column changed its type runs after it', async () => {
	const database = await scratch.database([
		'CREATE TABLE t (a int); CREATE TABLE log (a text)',
		`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.a + 1); RETURN NEW; END $$`,
		'CREATE TRIGGER note BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note()',
	]);
	const { runMigrationSql } = await import('../../../src/kit/reverse/run-migration-sql.ts');
	for (const sql of [
		'INSERT INTO t VALUES (1)',
		'ALTER TABLE t ALTER a TYPE bigint',
		'INSERT INTO t VALUES (2)',
	])
		await runMigrationSql(database.pool(), sql);
	expect((await database.query('SELECT a FROM log ORDER BY a')).rows).toEqual([{ a: '2' }, { a: '3' }]);
	await database.drop();
});
