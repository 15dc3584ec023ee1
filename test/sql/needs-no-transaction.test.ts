import { describe, expect, test } from 'vitest';
import { needsNoTransaction } from '../../src/kit/sql/needs-no-transaction.ts';

describe('needsNoTransaction', () => {
	test.each([
		['-- companion: no-transaction\nSELECT 1;'],
		['\uFEFF-- a note\r\n--companion:no-transaction\r\n\r\nSELECT 1;'],
		['CREATE INDEX CONCURRENTLY i ON t (a);'],
		['create unique index concurrently if not exists i on t (a)'],
		['SELECT 1\n--> statement-breakpoint\nVACUUM t'],
		["ALTER TYPE mood ADD VALUE 'x';\nINSERT INTO t VALUES ('x');"],
		['BEGIN; SELECT 1; COMMIT;'],
	])('is so for %j', async (sql) => {
		expect(await needsNoTransaction(sql)).toBe(true);
	});

	test.each([
		[''],
		['SELECT 1;\n-- companion: no-transaction'],
		["SELECT '-- companion: no-transaction'"],
		["COMMENT ON TABLE t IS 'VACUUM it, then CREATE INDEX CONCURRENTLY'"],
		['SELECT CASE WHEN true THEN 1 END;'],
		["ALTER TYPE mood ADD VALUE 'x';"],
		['CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM 1; END $$;'],
		['VACUUM and this does not parse'],
	])('is not so for %j', async (sql) => {
		expect(await needsNoTransaction(sql)).toBe(false);
	});
});
