import { describe, expect, test } from 'vitest';
import { proveDown } from '../../src/kit/reverse/prove-down.ts';
import { proveForward } from '../../src/kit/reverse/prove-forward.ts';
import { recallCatalog } from '../../src/kit/reverse/remember-catalog.ts';
import { type DownProposal, reverseMigration } from '../../src/kit/reverse/reverse-migration.ts';
import { useScratch } from './use-scratch-server.ts';

const scratch = useScratch();

async function reverse(
	base: string,
	upSql: string,
): Promise<DownProposal & { readonly problems: readonly string[] }> {
	const before = await scratch.database([base]);
	const { down, after, problems } = await reverseMigration({ before, upSql, tag: 'change' });
	await Promise.all([before.drop(), after.drop()]);
	return { ...down, problems };
}

const USERS = 'create table users (id serial primary key, name text not null, age integer check (age > 0))';

describe('reverseMigration', () => {
	test.each([
		[
			'swaps of two tables',
			`${USERS}; create table people (a text)`,
			'alter table users rename to x; alter table people rename to users; alter table x rename to people',
		],
		[
			'renames hidden in a DO block',
			USERS,
			'do $$ begin alter table users rename column name to full_name; end $$',
		],
		[
			'a table renamed out of the way of a new one',
			USERS,
			'alter table users rename to old; create table users (id uuid)',
		],
		[
			'a move out of a schema that goes',
			'create schema s1; create table s1.t (id int)',
			'alter table s1.t set schema public; drop schema s1',
		],
		[
			'renamed enum values in a default',
			"create type m as enum ('a'); create table t (m m default 'a')",
			"alter type m rename value 'a' to 'b'",
		],
		[
			'a renamed function',
			'create function f(a int) returns int language sql as $$ select 1 $$',
			'alter function f(int) rename to g',
		],
	])('finds the way back from %s without dropping anything that was there', async (_name, base, up) => {
		const { reversibility, statements } = await reverse(base, up);
		expect(reversibility).not.toBe('irreversible');
		expect(statements.join('\n')).toMatch(/RENAME|SET SCHEMA/);
		expect(statements.join('\n')).not.toMatch(/CREATE TABLE/);
	});

	test.each([
		['insert into users (name) values ($$a$$)', 'schema-only'],
		['update users set age = 2', 'schema-only'],
		['do $$ begin delete from users; end $$', 'schema-only'],
		['create function f() returns void language sql as $$ delete from users $$', 'lossless'],
		['create index on users (age)', 'lossless'],
		['create table t (id int)', 'lossy'],
		['alter table users drop column age', 'lossy'],
		['create index concurrently i on users (name)', 'lossless'],
		['create materialized view v as select 1 as a', 'lossless'],
		["create type m as enum ('a')", 'lossless'],
		['create temp table x (a int); insert into x values (1); drop table x', 'lossless'],
		["comment on table users is 'people'", 'lossless'],
		['alter table users alter id type bigint', 'lossy'],
	])('calls the way back of %j %s', async (up, reversibility) => {
		expect((await reverse(USERS, up)).reversibility).toBe(reversibility);
	});

	test('sees rows changed by a function that the migration only calls', async () => {
		const base = `${USERS}; create function f() returns void language sql as $$ insert into users (name) values ('x') $$`;
		expect((await reverse(base, 'select f()')).reversibility).toBe('schema-only');
	});

	test('gives rows a placeholder where a NOT NULL column comes back', async () => {
		const { statements, notes } = await reverse(USERS, 'alter table users drop column name');
		expect(statements.join('\n')).toContain("DEFAULT ''::text");
		expect(notes).toContain('users.name is NOT NULL and its values are gone: rows get a placeholder');
	});

	test('leaves roles in place and says so', async () => {
		const role = `role_${process.pid}`;
		const { statements, notes } = await reverse(
			USERS,
			`create role ${role}; grant select on users to ${role}`,
		);
		await scratch.run(`drop role ${role}`);
		expect(statements.join('\n')).not.toMatch(/DROP ROLE/);
		expect(notes.join('\n')).toContain('left in place');
	});

	test('puts an identity that comes back behind the values that are there', async () => {
		const base = 'create table t (id integer generated always as identity primary key)';
		const { statements } = await reverse(base, 'alter table t alter id drop identity');
		expect(statements.at(-1)).toContain('setval');
	});

	test('leaves the state before as it was, sequences included', async () => {
		const before = await scratch.database([USERS]);
		const { after } = await reverseMigration({
			before,
			upSql: "insert into users (name) values ('x')",
			tag: 'x',
		});
		const { rows } = await before.query('select last_value, is_called from users_id_seq');
		expect(rows).toEqual([{ last_value: '1', is_called: false }]);
		expect((await before.query('select * from users')).rows).toEqual([]);
		expect((await after.query('select name from users')).rows).toEqual([{ name: 'x' }]);
		await Promise.all([before.drop(), after.drop()]);
	});
});

describe('proveDown', () => {
	const declared = { reversibility: 'lossy', loses: [] } as const;

	test.each([
		['alter table users drop column nick', []],
		['select 1', ['column users.nick exists only here']],
	])('compares the catalogs after %j', async (downSql, expected) => {
		const before = await scratch.database([USERS]);
		const proof = await proveDown({
			before,
			upSql: 'alter table users add column nick text',
			downSql,
			declared,
		});
		expect(proof.differences.map(({ words }) => words)).toEqual(expected);
		expect(proof.measured.loses.map(({ subject }) => subject)).toEqual(['column users.nick']);
		await Promise.all([before.drop(), proof.after.drop()]);
	});

	test('places the error of a down that does not run', async () => {
		const before = await scratch.database([USERS]);
		const downSql = 'select 1;\nalter table users drop column nickname';
		const proof = await proveDown({
			before,
			upSql: 'alter table users add column nick text',
			downSql,
			declared,
		});
		expect(proof).toMatchObject({
			isProven: false,
			failure: { during: 'down', sqlstate: '42703', offset: 10 },
		});
		await Promise.all([before.drop(), proof.after.drop()]);
	});
});

describe('proveForward', () => {
	async function forward(base: string, upSql: string, desired: string) {
		const [before, wanted] = [await scratch.database([base]), await scratch.database([desired])];
		const readCatalog = () => recallCatalog(wanted, { ignoreSchemas: [] });
		const proof = await proveForward({
			before,
			upSql,
			desired: { objects: await readCatalog(), readCatalog },
		});
		await Promise.all([before.drop(), wanted.drop()]);
		return proof;
	}

	test('lets SQL that arrives be', async () => {
		const proof = await forward(
			'create table t (a int)',
			'alter table t add column b int',
			'create table t (a int, b int)',
		);
		expect(proof).toEqual({ kind: 'arrives' });
	});

	test.each([
		['create table t (a text)', 'alter table t alter a type integer', 'create table t (a integer)'],
		[
			'create table t (a integer)',
			'alter table t alter a type serial',
			'create table t (a serial); alter table t alter a drop not null',
		],
		[
			'create table t (a integer)',
			'alter table t alter a add generated always as identity',
			'create table t (a integer generated always as identity)',
		],
		[
			'create view v as select 1 as a; create view w as select a from v',
			'drop view v; drop view w',
			'select 1',
		],
	])('replaces SQL that fails on %j', async (base, up, desired) => {
		expect(await forward(base, up, desired)).toMatchObject({
			kind: 'repaired',
			because: expect.stringContaining('fails'),
		});
	});

	test('keeps the rows of what the failing SQL renames', async () => {
		const proof = await forward(
			'create table t (a text)',
			'alter table t rename a to b; alter table t alter b type integer',
			'create table t (b integer)',
		);
		expect(proof).toMatchObject({ kind: 'repaired' });
		expect(JSON.stringify(proof)).not.toContain('DROP COLUMN');
	});
});

describe('a role made in a block of PL/pgSQL', () => {
	test.each([
		['CREATE ROLE block_role NOLOGIN;', 'by itself'],
		["EXECUTE format('CREATE ROLE %I', 'block_role');", 'by dynamic SQL'],
		['IF true THEN CREATE USER block_role; END IF;', 'under a condition'],
	])('%s (%s) is not in the way of the next run', async (making) => {
		const block = `DO $do$ BEGIN ${making} CREATE TABLE made (a int); GRANT SELECT ON made TO block_role; END $do$;`;
		for (const _ of [1, 2]) {
			const { problems } = await reverse('SELECT 1', block);
			expect(problems).toEqual([]);
		}
		await scratch.run('DROP ROLE block_role');
	});
});

test('says of COPY from a client what to do instead', async () => {
	const copy = `COPY users (name) FROM stdin;\n1\n\\.\n`;
	await expect(reverse(USERS, copy)).rejects.toThrow(/INSERT … VALUES/);
});
