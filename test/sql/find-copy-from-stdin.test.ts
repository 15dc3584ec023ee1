import { expect, test } from 'vitest';
import { findCopyFromStdin } from '../../src/kit/sql/find-copy-from-stdin.ts';

test.each([
	['COPY t FROM STDIN', 0],
	['SELECT 1;\n\n  copy "a b".t (x, y) from stdin with (format csv);', 13],
	['CREATE TABLE t (a int);\nCOPY public.t (a) FROM stdin;\n1\n2\n\\.\n', 24],
	["COPY t FROM '/tmp/x'", undefined],
	['COPY t TO STDOUT', undefined],
	["SELECT 'copy t from stdin'", undefined],
	['-- copy t from stdin\nSELECT 1', undefined],
])('%j: %j', async (sql, offset) => {
	expect(await findCopyFromStdin(sql)).toBe(offset);
});
