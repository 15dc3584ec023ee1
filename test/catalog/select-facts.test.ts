import { expect, test } from 'vitest';
import { listDifferences } from '../../src/kit/catalog/compare-objects.ts';
import { readCatalog } from '../../src/kit/catalog/read-catalog.ts';
import { selectFacts } from '../../src/kit/catalog/select-facts.ts';
import { useScratch } from '../reverse/use-scratch-server.ts';

const scratch = useScratch();

const BASE = `
	create type mood as enum ('a');
	create table users (id serial primary key, m mood);
	create table posts (id integer primary key, author integer references users);
	create table likes (post integer references posts);
	create view authors as select id from users where m is not null;
	create view names as select id from authors;
	create table tags (id serial primary key, t text);
	create index tags_t on tags (t);
	comment on column tags.t is 'c';`;

test.each([
	['a table that only it is made of', 'alter table tags add column n integer', ['tags', 'tags_id_seq']],
	[
		'what uses a table, and what uses that, but for what refers to what refers to it',
		'alter table users add column n integer',
		['authors', 'names', 'posts', 'users', 'users_id_seq'],
	],
	[
		'what a changed table uses and what refers to it, without other users of the former',
		'alter table posts add column n integer',
		['likes', 'posts', 'users'],
	],
	[
		'the users of a type',
		"alter type mood add value 'b'",
		['authors', 'names', 'posts', 'users', 'users_id_seq'],
	],
	['a table, for its index', 'drop index tags_t', ['tags']],
	['a table, for a comment', 'comment on column tags.t is null', ['tags', 'tags_id_seq']],
	['a new table alone', 'create table logs ()', ['logs']],
	[
		'a sequence that its table does not use',
		'alter table tags alter id drop default; drop table tags',
		['tags', 'tags_id_seq'],
	],
])('planning is given %s', async (_name, change, expected) => {
	const [before, after] = await Promise.all([BASE, `${BASE} ${change}`].map(read));
	if (before === undefined || after === undefined) throw new Error('they were read');
	const sides = selectFacts([before.facts, after.facts], await listDifferences(before, after));
	const relations = sides.flatMap(({ facts }) =>
		facts.flatMap(({ id }) => (RELATIONS.has(id.kind) && 'schema' in id && 'name' in id ? [id.name] : [])),
	);
	expect([...new Set(relations)].toSorted()).toEqual(expected);
	for (const { facts } of sides)
		expect(facts.filter(({ id }) => id.kind === 'type' || id.kind === 'schema')).toHaveLength(2);
});

const RELATIONS = new Set(['table', 'view', 'sequence']);

async function read(sql: string) {
	const database = await scratch.database([sql]);
	return await readCatalog(database.pool());
}
