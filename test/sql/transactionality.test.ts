import { describe, expect, test } from 'vitest';
import { findNonTransactional } from '../../src/kit/sql/transactionality.ts';

describe('findNonTransactional', () => {
	test.each([
		'create index concurrently i on t (a)',
		'drop index concurrently i',
		'reindex table concurrently t',
		'reindex (concurrently) index i',
		'reindex schema s',
		'vacuum t',
		'vacuum (analyze) t',
		'cluster',
		'alter table p detach partition q concurrently',
		'alter system set work_mem = 1',
		'create database x',
		'drop database x',
		"create tablespace x location '/x'",
		'begin',
		'commit',
		"alter type mood add value 'z'; alter table t alter m set default 'z'",
		"alter type mood add value 'z'; do $$ begin insert into t values ('z'); end $$",
		'do $$ begin commit; end $$',
		"create subscription s connection '' publication p",
		'discard all',
	])('knows that a transaction block refuses %j', async (sql) => {
		expect(await findNonTransactional(sql)).not.toEqual([]);
	});

	test.each([
		'',
		'create index i on t (a)',
		'reindex table t',
		'reindex (concurrently false) table t',
		'analyze t',
		'cluster t',
		'alter table p detach partition q',
		'savepoint a; release savepoint a',
		"alter type mood add value 'z'",
		"alter type mood rename value 'a' to 'z'; select 'z'",
		"create type mood as enum ('a'); alter type mood add value 'z'; alter table t alter m set default 'z'",
		'refresh materialized view concurrently m',
		"select 'create index concurrently'",
		'do $$ begin perform 1; end $$',
		"create subscription s connection '' publication p with (connect = false)",
	])('lets %j run in a transaction', async (sql) => {
		expect(await findNonTransactional(sql)).toEqual([]);
	});

	test('names the statement and the reason', async () => {
		const [found, ...more] = await findNonTransactional('select 1; vacuum t');
		expect(more).toEqual([]);
		expect(found).toMatchObject({
			statement: { text: 'vacuum t' },
			why: 'VACUUM cannot run inside a transaction block',
		});
	});
});
