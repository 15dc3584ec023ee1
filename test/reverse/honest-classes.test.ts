import { describe, expect, test } from 'vitest';
import { type DownProposal, reverseMigration } from '../../src/kit/reverse/reverse-migration.ts';
import { useScratch } from './use-scratch-server.ts';

const scratch = useScratch();

async function reverse(base: string, upSql: string): Promise<DownProposal> {
	const before = await scratch.database([base]);
	const { down, after } = await reverseMigration({ before, upSql, tag: 'change' });
	await Promise.all([before.drop(), after.drop()]);
	return down;
}

const TABLES =
	'create table t (id integer primary key, a text, n integer); create table s (id integer primary key, a text)';
const WRITER = `${TABLES}; create function w() returns void language plpgsql as $$ begin update t set a = 'y' where id = 5; end $$;
	create function v() returns void language sql as $$ select w() $$; create procedure p() language plpgsql as $$ begin perform w(); end $$`;

describe('a migration that changes rows', () => {
	test.each([
		['merges', TABLES, 'merge into t using s on t.id = s.id when matched then update set a = s.a'],
		['writes in a CTE', TABLES, 'with x as (delete from t returning id, a) insert into s select * from x'],
		['calls a function that writes where rows are', WRITER, 'select v()'],
		['calls a procedure that does', WRITER, 'call p()'],
		['does so in a DO block', WRITER, 'do $$ begin perform w(); end $$'],
		[
			'calls a function that it makes and drops itself',
			TABLES,
			`create function x() returns void language plpgsql as $$ begin delete from t where id = 7; end $$; select x(); drop function x()`,
		],
		['executes what it prepared', TABLES, 'prepare x as delete from t where id = 3; execute x; deallocate x'],
		['explains by doing', TABLES, 'explain analyze delete from t'],
		['builds the statement as text', TABLES, `do $$ begin execute format('delete from %I', 't'); end $$`],
	])('%s: schema-only', async (name, base, up) => {
		if (name === 'merges' && scratch.majorVersion() < 15) return;
		expect((await reverse(base, up)).reversibility).toBe('schema-only');
	});

	test('may leave rows that are in the way of the same migration afterwards, and says so', async () => {
		const { reversibility, notes } = await reverse(TABLES, "insert into t values (1, 'a', 2)");
		expect(reversibility).toBe('schema-only');
		expect(notes.join('\n')).toContain('the up does not run again on the rows that there are');
	});
});

describe('a migration that loses something', () => {
	test.each([
		['moves a sequence', 'create sequence q', "select setval('q', 100)", ['position of sequence q (up)']],
		[
			'restarts a sequence that nothing was taken from',
			'create sequence q',
			'alter sequence q rename to r; alter sequence r restart with 100',
			['position of sequence q (up)'],
		],
		[
			'restarts an identity column',
			'create table t (id integer generated always as identity)',
			'alter table t alter column id restart with 5',
			['position of sequence t_id_seq (up)'],
		],
		[
			'computes other values of the same type',
			'create table t (a text)',
			'alter table t alter a type text using upper(a)',
			['values of column t.a (up)'],
		],
		[
			'computes other values of a wider type',
			'create table t (a integer)',
			'alter table t alter a type bigint using a * 100',
			['values of column t.a', 'values of column t.a (up)'],
		],
		[
			'drops a column and what is generated from it',
			'create table t (a integer, b integer, c integer generated always as (b * 2) stored)',
			'alter table t drop column b cascade',
			['column t.b (up)'],
		],
		[
			'puts another column in the place of one',
			'create table t (id integer, a integer not null)',
			"alter table t drop column a; alter table t add column a text not null default 'x'",
			['column t.a', 'column t.a (up)'],
		],
	])('%s: lossy, and names it', async (_name, base, up, loses) => {
		const down = await reverse(base, up);
		expect(down.reversibility).toBe('lossy');
		expect(down.loses.map(({ subject, isLostByUp }) => (isLostByUp ? `${subject} (up)` : subject))).toEqual(
			loses,
		);
	});
});

describe('a migration that loses nothing', () => {
	const PARTITIONED = 'create table p (id integer, d text default $$x$$) partition by range (id)';

	test.each([
		[
			'takes a partition away',
			`${PARTITIONED}; create table p1 partition of p for values from (1) to (100)`,
			'alter table p detach partition p1',
		],
		[
			'makes a table a partition',
			`${PARTITIONED}; create index on p (d); create table p1 (id integer, d text)`,
			'alter table p attach partition p1 for values from (1) to (100)',
		],
		[
			'makes a table a child',
			'create table p (id integer); create table c (id integer)',
			'alter table c inherit p',
		],
		[
			'gives a sequence to a column',
			'create table t (id integer); create sequence q',
			'alter sequence q owned by t.id',
		],
		[
			'sets the default of a view',
			'create table t (a integer); create view v as select * from t',
			'alter view v alter a set default 4',
		],
		[
			'drops an operator class',
			'create operator class myint for type integer using btree as operator 1 <, operator 3 =, function 1 btint4cmp(integer, integer)',
			'drop operator class myint using btree',
		],
		[
			'drops an operator family with members of its own',
			'create operator family ff using btree; alter operator family ff using btree add operator 1 <(int4, int8), function 1 (int4, int8) btint48cmp(int4, int8)',
			'drop operator family ff using btree',
		],
		[
			'makes a text search configuration and an index with it',
			'create table t (a text)',
			"create text search configuration cfg (copy = simple); create index on t using gin (to_tsvector('cfg', a))",
		],
	])('%s: lossless', async (_name, base, up) => {
		const { reversibility, loses, reason } = await reverse(base, up);
		expect({ reversibility, loses, reason }).toEqual({
			reversibility: 'lossless',
			loses: [],
			reason: undefined,
		});
	});

	test('returns objects to their owners', async () => {
		const role = `owner_${process.pid}`;
		await scratch.run(`create role ${role}`);
		const base = `create table t (id serial primary key); create table u (id integer); alter table u owner to ${role}`;
		const { statements } = await reverse(
			base,
			`alter table t owner to ${role}; alter table u owner to current_user`,
		);
		expect(statements).toEqual([
			'ALTER TABLE public.t OWNER TO CURRENT_USER;',
			`ALTER TABLE public.u OWNER TO ${role};`,
		]);
		await scratch.run(`drop role ${role}`);
	});
});
