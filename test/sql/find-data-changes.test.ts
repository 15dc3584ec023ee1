import { describe, expect, test } from 'vitest';
import { findDataChanges } from '../../src/kit/sql/find-data-changes.ts';

async function list(sql: string): Promise<readonly string[]> {
	return (await findDataChanges(sql)).map(({ verb, table }) => (table ? `${verb} ${table}` : verb));
}

describe('findDataChanges', () => {
	test.each([
		['insert into t values (1)', ['INSERT t']],
		['update "T a" set a = 1', ['UPDATE T a']],
		['with x as (delete from s.t returning *) select * from x', ['DELETE s.t']],
		['merge into t using u on t.a = u.a when matched then delete', ['MERGE t']],
		['truncate a, s.b', ['TRUNCATE a', 'TRUNCATE s.b']],
		['copy t from stdin', ['COPY t']],
		['explain analyze delete from t', ['DELETE t']],
		['do $$ begin if true then insert into t values (1); end if; end $$', ['INSERT t']],
		[
			"do $$ declare r record; begin for r in update t set a = 1 returning * loop null; end loop; execute 'delete from u'; end $$",
			['UPDATE t', 'DELETE u'],
		],
		["do $$ begin execute format('update %I set a = 1', 'q'); end $$", ['UPDATE x']],
		["do $$ declare s text; begin s := 'insert into ' || 't'; execute s; end $$", ['INSERT']],
		['create temp table x (a int); insert into x values (1); update t set a = 1', ['UPDATE t']],
	])('sees what %j changes', async (sql, expected) => {
		expect(await list(sql)).toEqual(expected);
	});

	test.each([
		'',
		'copy t to stdout',
		"comment on table t is 'insert into t'",
		"select 'delete from t'",
		"do $$ begin raise notice 'update t'; end $$",
		"do $$ begin perform f('insert into t'); end $$",
		'create function f() returns void language sql begin atomic insert into t values (1); end',
		'create function f() returns void language plpgsql as $$ begin delete from t; end $$',
		'create rule r as on insert to t do also insert into u values (1)',
		'select 1 into temp x; delete from x',
		'create table t as select 1',
	])('sees no change of rows in %j', async (sql) => {
		expect(await list(sql)).toEqual([]);
	});
});
