import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endStatementsAtBreakpoints } from '../../src/kit/sql/end-statements-at-breakpoints.ts';
import { parseStatements } from '../../src/kit/sql/parse-statements.ts';

const mark = '--> statement-breakpoint';
const ended = ';'.padEnd(mark.length);

describe('endStatementsAtBreakpoints', () => {
	test.each([
		['a breakpoint on a line of its own', `SELECT 1\n${mark}\nSELECT 2`, `SELECT 1\n${ended}\nSELECT 2`],
		['a breakpoint behind a statement', `SELECT 1;${mark}\nSELECT 2;`, `SELECT 1;${ended}\nSELECT 2;`],
		['text behind a breakpoint', `SELECT 1${mark} SELECT 2`, `SELECT 1${ended} SELECT 2`],
		['no breakpoint', 'SELECT 1', 'SELECT 1'],
	])('ends the statement at %s', (_, sql, expected) => {
		expect(endStatementsAtBreakpoints(sql)).toBe(expected);
	});

	test.each([
		['a string', `SELECT 'it''s ${mark} here'`],
		['an escape string', `SELECT E'it\\'s ${mark} here'`],
		['a quoted name', `SELECT 1 AS "a ${mark} b"`],
		['a dollar-quoted string', `SELECT $$ ${mark} $$`],
		['a tagged dollar-quoted string', `DO $fn$ BEGIN -- $$ ${mark}\nEND $fn$`],
		['a block comment', `SELECT 1 /* /* ${mark} */ ${mark} */`],
	])('leaves it alone inside %s', (_, sql) => {
		expect(endStatementsAtBreakpoints(sql)).toBe(sql);
	});

	test.each<[string, string, string[]]>([
		['behind a comment', `SELECT 1 -- one ${mark}\nSELECT 2`, ['SELECT 1', 'SELECT 2']],
		[
			'behind a comment, with text behind it',
			`SELECT 1 -- one ${mark} SELECT 'a -- b'`,
			['SELECT 1', "SELECT 'a -- b'"],
		],
		[
			'behind a dollar sign in a name',
			`SELECT 1 AS a$b$c ${mark}\nSELECT 2 AS a$b$c`,
			['SELECT 1 AS a$b$c', 'SELECT 2 AS a$b$c'],
		],
		['twice in a row', `SELECT 1 ${mark} ${mark}\nSELECT 2`, ['SELECT 1', 'SELECT 2']],
		['behind letters beyond ASCII', `SELECT 'ü😀' ${mark}\nSELECT 2`, ["SELECT 'ü😀'", 'SELECT 2']],
	])('gives PostgreSQL two statements for a breakpoint %s', async (_, sql, expected) => {
		const statements = await parseStatements(endStatementsAtBreakpoints(sql));
		expect(statements.map(({ text }) => text.trim())).toEqual(expected);
	});

	test('keeps the length and every line, so that offsets and line numbers stay', () => {
		const piece = fc.constantFrom(
			mark,
			'\n',
			"'",
			'"',
			'$$',
			'$a$',
			'--',
			'/*',
			'*/',
			'E',
			'\\',
			' ',
			'x',
			';',
			'é',
			'😀',
		);
		fc.assert(
			fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
				const sql = pieces.join('');
				const result = endStatementsAtBreakpoints(sql);
				expect(result).toHaveLength(sql.length);
				expect(result.split('\n').map(({ length }) => length)).toEqual(
					sql.split('\n').map(({ length }) => length),
				);
			}),
			{ numRuns: 1_000 },
		);
	});
});
