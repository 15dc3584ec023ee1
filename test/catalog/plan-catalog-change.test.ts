import { describe, expect, test } from 'vitest';
import { compareCatalogs } from '../../src/kit/catalog/compare-catalogs.ts';
import { planCatalogChange } from '../../src/kit/catalog/plan-catalog-change.ts';
import { readCatalog } from '../../src/kit/catalog/read-catalog.ts';
import { runMigrationSql } from '../../src/kit/reverse/run-migration-sql.ts';
import { useScratch } from '../reverse/use-scratch-server.ts';

const scratch = useScratch();

const MOODS = (...values: string[]) => `create type mood as enum (${values.map((each) => `'${each}'`)});`;
const TABLE = 'create table t (id integer, m mood not null, ms mood[]);';
const WRITER = "create function f() returns trigger language plpgsql as 'begin return new; end';";

describe('an enum is built anew under', () => {
	test.each([
		['a view that only asks for its rows', 'create view v as select id from t where m is not null'],
		[
			'a view of a view',
			'create view v as select id from t where m is null; create view w as select * from v',
		],
		['a materialized view', 'create materialized view v as select id from t where ms is not null'],
		['a policy', 'create policy p on t using (m is not null)'],
		[
			'a policy of another table',
			'create table u (id integer); create policy p on u using (exists (select from t where m is not null))',
		],
		['a trigger of the column', `${WRITER} create trigger w before update of m on t execute function f()`],
		[
			'a trigger with a condition',
			`${WRITER} create trigger w before update on t for each row when (new.m is not null) execute function f()`,
		],
		['a rule', 'create rule r as on delete to t where old.m is null do instead nothing'],
		[
			'a generated column with an index and a view',
			'alter table t add g boolean generated always as (m is null) stored; create index i on t (g); create view v as select g from t',
		],
	])('%s', async (_name, use) => {
		await arrives(`${MOODS('a', 'b', 'c')} ${TABLE} ${use}`, `${MOODS('a', 'b')} ${TABLE} ${use}`);
		await arrives(`${MOODS('a', 'b')} ${TABLE} ${use}`, `${MOODS('a', 'b', 'c')} ${TABLE} ${use}`);
	});
});

describe('a column gets another type', () => {
	const GENERATED = (type: string, more = '') =>
		`create table t (id integer, a ${type}, g ${type} generated always as (a * 2) stored); ${more}`;
	const USED =
		'create view v as select g from t; create unique index i on t (g); alter table t add check (g > 0); comment on column t.g is $$twice$$';

	test.each([
		['under a generated column', GENERATED('integer'), GENERATED('bigint')],
		['under a generated column that is used', GENERATED('integer', USED), GENERATED('bigint', USED)],
		[
			'and is an identity from then on',
			'create table t (a text not null)',
			'create table t (a integer generated always as identity)',
		],
	])('%s', async (_name, before, after) => {
		await arrives(before, after);
		await arrives(after, before);
	});
});

test.each([
	['an enum', "create type x as enum ('a'); create table t (a x default 'a')"],
	['a domain', 'create domain x as text; create table t (a x)'],
])('a table takes the name of %s, and gives it back', async (_name, before) => {
	const after = 'create table x (id integer); create table t (a text)';
	await arrives(before, after);
	await arrives(after, before);
});

async function arrives(before: string, after: string): Promise<void> {
	const [from, to] = await Promise.all([scratch.database([before]), scratch.database([after])]);
	try {
		const wanted = await readCatalog(to.pool());
		const statements = await planCatalogChange(await readCatalog(from.pool()), wanted);
		await runMigrationSql(from.pool(), statements.map(({ sql }) => sql).join('\n'));
		expect(await compareCatalogs(await readCatalog(from.pool()), wanted)).toEqual([]);
	} finally {
		await Promise.all([from.drop(), to.drop()]);
	}
}
