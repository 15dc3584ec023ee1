import { describe, expect, test } from 'vitest';
import { parseStatements, SqlSyntaxError } from '../../src/kit/sql/parse-statements.ts';

describe('parseStatements', () => {
	test.each(['', '  \n', '-- only a comment', '/* a /* nested */ one */', ';;'])(
		'finds no statement in %j',
		async (sql) => {
			expect(await parseStatements(sql)).toEqual([]);
		},
	);

	test('gives offsets into the string, whatever the letters take in UTF-8', async () => {
		const sql = '/* ü /* 😀 */ */ select \'é😀\';\n-- ß\ndrop table "ñ";\n';
		const statements = await parseStatements(sql);
		expect(statements.map(({ kind, text }) => [kind, text])).toEqual([
			['SelectStmt', "select 'é😀'"],
			['DropStmt', 'drop table "ñ"'],
		]);
		for (const { text, start, end } of statements) expect(sql.slice(start, end)).toBe(text);
	});

	test('says where the grammar stops', async () => {
		const sql = "select 'ü😀'; selec 1";
		const error = await parseStatements(sql).catch((caught: unknown) => caught);
		expect(error).toBeInstanceOf(SqlSyntaxError);
		expect(sql.slice((error as SqlSyntaxError).offset)).toBe('selec 1');
	});
});
