import { expect, test } from 'vitest';
import { reverseMigration } from '../../src/kit/reverse/reverse-migration.ts';
import { runMigrationSql } from '../../src/kit/reverse/run-migration-sql.ts';
import { useScratch } from './use-scratch-server.ts';

const scratch = useScratch();

/** Up on `seed`, then `later`, then down: the rows of `t`. */
async function goBack({ base, up, seed, later = 'select 1' }: Readonly<Record<string, string>>) {
	const before = await scratch.database([base ?? '']);
	const { down, after } = await reverseMigration({ before, upSql: up ?? '', tag: 'change' });
	await after.drop();
	await before.query(seed ?? '');
	await runMigrationSql(before.pool(), up ?? '');
	await before.query(later);
	await runMigrationSql(before.pool(), down.statements.join('\n'));
	const { rows } = await before.query('select a from t order by a::text');
	await before.drop();
	return { down, values: rows.map(({ a }) => a) };
}

test('a value that the up has cut short becomes NULL, which the header says', async () => {
	const { down, values } = await goBack({
		base: 'create table t (a uuid)',
		up: 'alter table t alter a type varchar(20) using left(a::text, 20)',
		seed: "insert into t values ('89f199e7-1472-41ff-ba7f-8532f5be7556')",
	});
	expect(values).toEqual([null]);
	expect(down.notes).toContain('values of t.a that do not fit uuid become NULL');
	expect(down.loses.map(({ subject }) => subject)).toContain('values of column t.a');
});

test('a column that must hold something gets a placeholder in its place', async () => {
	const { values } = await goBack({
		base: 'create table t (a uuid not null)',
		up: 'alter table t alter a type varchar(20) using left(a::text, 20)',
		seed: "insert into t values ('89f199e7-1472-41ff-ba7f-8532f5be7556')",
	});
	expect(values).toEqual(['00000000-0000-0000-0000-000000000000']);
});

test.each([
	['its default', "create table t (a m not null default 'b')", 'b'],
	['the first value', 'create table t (a m not null)', 'a'],
])(
	'an enum value that the down takes away becomes %s where NULL is not allowed',
	async (_name, table, value) => {
		const { down, values } = await goBack({
			base: `create type m as enum ('a', 'b'); ${table}`,
			up: "alter type m add value 'c'",
			seed: "insert into t values ('b')",
			later: "insert into t values ('c')",
		});
		expect(values).toEqual([value, 'b'].sort());
		expect(down.loses.map(({ subject }) => subject)).toEqual(['values of column t.a']);
	},
);

test.each([
	[
		'an enum in use with a default, made text and dropped',
		`create type m as enum ('a', 'b'); create table t (a m not null default 'a')`,
		`alter table t alter a drop default; alter table t alter a type text using a::text; alter table t alter a set default 'a'; drop type m`,
		`insert into t values ('b')`,
	],
	[
		'an enum renamed that gains a value',
		`create type m as enum ('a', 'b'); create table t (a m default 'b')`,
		`alter type m rename to feeling; alter type feeling add value 'c'`,
		`insert into t values ('b')`,
	],
	[
		'a partition taken away',
		'create table t (a integer) partition by range (a); create table t1 partition of t for values from (1) to (100)',
		'alter table t detach partition t1',
		'insert into t values (5)',
	],
])('%s comes back with its rows', async (_name, base, up, seed) => {
	const { values } = await goBack({ base, up, seed });
	expect(values).toHaveLength(1);
	expect(values[0]).toEqual(seed.includes("'b'") ? 'b' : 5);
});

test('a down whose columns the up needs filled says that the up does not run again on them', async () => {
	const { down } = await goBack({
		base: 'create table t (a text, b text)',
		up: 'alter table t alter b set not null; alter table t drop column b',
		seed: "insert into t values ('x', 'y')",
	});
	expect(down.notes.join('\n')).toContain('the up does not run again on the rows that there are');
});
