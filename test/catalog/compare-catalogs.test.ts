import { describe, expect, test } from 'vitest';
import type { Difference } from '../../src/kit/catalog/catalog.ts';
import { compareCatalogs } from '../../src/kit/catalog/compare-catalogs.ts';
import { readCatalog } from '../../src/kit/catalog/read-catalog.ts';
import { useScratch } from '../reverse/use-scratch-server.ts';

const scratch = useScratch();

const BASE = [
	"create type mood as enum ('sad', 'happy'); create schema s1",
	`create table users (id serial primary key, email varchar(120) not null unique, age integer default 1, m mood,
		constraint grown check (age > 0))`,
	'create table posts (id bigint generated always as identity primary key, author integer references users (id), title text)',
	'create index posts_title_idx on posts (title)',
	'create view titles as select p.id, p.title from posts p',
	"create function f(a integer) returns integer language sql as 'select 1'",
	'create function t() returns trigger language plpgsql as $$ begin return new; end $$',
	'create trigger tr before insert on users for each row execute function t()',
	'create policy p1 on users using (true)',
	"comment on column users.email is 'where to write'",
	'create statistics st on id, age from users',
	'create sequence s1.numbers',
	'create domain positive as integer check (value > 0)',
	'create table part (k integer) partition by range (k); create table part_1 partition of part for values from (0) to (10)',
];

async function compare(change: string): Promise<readonly Difference[]> {
	const [expected, actual] = [await scratch.database(BASE), await scratch.database([...BASE, change])];
	const [there, here] = [await readCatalog(expected.pool()), await readCatalog(actual.pool())];
	const differences = await compareCatalogs(here, there);
	for (const { sql } of differences) for (const statement of sql) await actual.query(statement);
	const closed = await compareCatalogs(await readCatalog(actual.pool()), there);
	expect(closed.map(({ words }) => words)).toEqual([]);
	await Promise.all([expected.drop(), actual.drop()]);
	return differences;
}

describe('compareCatalogs', () => {
	test('finds nothing between two databases made the same way', async () => {
		expect(await compare('select 1')).toEqual([]);
	});

	test('does not mind the order of columns', async () => {
		expect(
			await compare(
				'alter table posts drop column title cascade; alter table posts add column title text; create index posts_title_idx on posts (title); create view titles as select p.id, p.title from posts p',
			),
		).toEqual([]);
	});

	test.each([
		['alter table users add column nickname text', ['column users.nickname exists only here']],
		[
			'alter table users drop column age cascade',
			['column users.age is missing', 'constraint grown of users is missing', 'statistics st is missing'],
		],
		['alter table users alter age set default 2', ['default of users.age differs: 2 here, 1 expected']],
		['alter table users alter age drop default', ['default of users.age differs: none here, 1 expected']],
		[
			'alter table users alter email drop not null',
			['column users.email is nullable here, NOT NULL expected'],
		],
		[
			'alter table users alter email type varchar(60)',
			['type of users.email differs: character varying(60) here, character varying(120) expected'],
		],
		[
			'alter table users alter email type varchar(120) collate "C"',
			['collation of users.email differs: "C" here, none expected'],
		],
		[
			'alter table users alter email set storage plain',
			['storage of users.email differs: plain here, none expected'],
		],
		[
			'alter table users alter email set statistics 7',
			['statistics target of users.email differs: 7 here, none expected'],
		],
		[
			'alter table users alter email set (n_distinct = 5)',
			['options of users.email differs: n_distinct=5 here, none expected'],
		],
		[
			'alter table users set (fillfactor = 70)',
			['options of table users differs: fillfactor=70 here, none expected'],
		],
		[
			'alter table users enable row level security',
			['row security of table users differs: true here, none expected'],
		],
		['drop index posts_title_idx', ['index posts_title_idx is missing']],
		['create index extra on posts (author)', ['index extra exists only here']],
		[
			'alter index posts_title_idx rename to other',
			['index posts_title_idx is missing', 'index other exists only here'],
		],
		['alter table users drop constraint grown', ['constraint grown of users is missing']],
		[
			"alter type mood add value 'calm'",
			['values of enum mood differs: sad, happy, calm here, sad, happy expected'],
		],
		['drop table posts cascade', ['table posts is missing', 'view titles is missing']],
		['create table extra (id serial primary key)', ['table extra exists only here']],
		[
			"create or replace function f(a integer) returns integer language sql as 'select 2'",
			[/^definition of function f\(a integer\) differs/],
		],
		[
			'alter table users disable trigger tr',
			['enabled of trigger tr of users differs: D here, none expected'],
		],
		[
			'drop policy p1 on users; create policy p1 on users using (id > 1)',
			['using of policy p1 of users differs: (id > 1) here, true expected'],
		],
		[
			'comment on column users.email is null',
			['comment of users.email differs: none here, where to write expected'],
		],
		[
			'grant select on posts to public',
			['privileges of table posts differs: PUBLIC SELECT, (owner) ALL here, none expected'],
		],
		[
			'grant select (title) on posts to public',
			['privileges of posts.title differs: PUBLIC SELECT here, none expected'],
		],
		['drop statistics st', ['statistics st is missing']],
		['create statistics st2 on id, email from users', ['statistics st2 exists only here']],
		[
			'alter sequence s1.numbers increment 5',
			['increment of sequence s1.numbers differs: 5 here, 1 expected'],
		],
		[
			'alter domain positive add constraint small check (value < 9)',
			['constraint small of positive exists only here'],
		],
		[
			'create or replace view titles as select p.id, p.title from posts p where p.id > 1',
			[/^definition of view titles differs/],
		],
		['create table part_2 partition of part for values from (10) to (20)', ['table part_2 exists only here']],
	] as const)('tells in words, and closes with SQL, what %j did', async (change, expected) => {
		const words = (await compare(change)).map((difference) => difference.words);
		expect(words).toHaveLength(expected.length);
		for (const pattern of expected)
			expect(words).toContainEqual(typeof pattern === 'string' ? pattern : expect.stringMatching(pattern));
	});

	test('leaves out what belongs to ignored schemas', async () => {
		const [one, other] = [
			await scratch.database(),
			await scratch.database(['create schema drizzle; create table drizzle.ledger (id serial)']),
		];
		const options = { ignoreSchemas: ['drizzle'] };
		expect(
			await compareCatalogs(await readCatalog(other.pool(), options), await readCatalog(one.pool(), options)),
		).toEqual([]);
	});

	test('finds nothing between objects of different owners', async () => {
		const role = `owner_${process.pid}`;
		const [one, other] = [await scratch.database(BASE), await scratch.database()];
		await other.query(
			`create role ${role}; grant create on database ${other.name} to ${role}; grant create on schema public to ${role}; set role ${role}`,
		);
		for (const statement of BASE) await other.query(`set role ${role}; ${statement}`);
		await other.query(`reset role; revoke create on schema public from ${role}`);
		const differences = await compareCatalogs(await readCatalog(other.pool()), await readCatalog(one.pool()));
		expect(differences.map(({ words }) => words)).toEqual([]);
		await other.drop();
		await scratch.run(`drop role ${role}`);
	});
});
