import { expect, test } from 'vitest';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../../src/kit/sql/quote-identifier.ts';

test.each([
	['users', 'users'],
	['user', '"user"'],
	['Users', '"Users"'],
	['a"b', '"a""b"'],
	['', '""'],
	['a\nb', 'U&"a\\000ab"'],
	['a\\\n"', 'U&"a\\\\\\000a"""'],
	['--> statement-breakpoint', 'U&"--\\003e statement-breakpoint"'],
])('quotes %j where PostgreSQL needs it', (name, expected) => {
	expect(quoteIdentifier(name)).toBe(expected);
});

test('leaves the schema public out', () => {
	expect(quoteQualified('public', 'users', 'order')).toBe('users."order"');
	expect(quoteQualified('s 1', 'users')).toBe('"s 1".users');
});

test('writes literals that do not depend on standard_conforming_strings', () => {
	expect(quoteLiteral("it's")).toBe("'it''s'");
	expect(quoteLiteral("a\\'b")).toBe("E'a\\\\''b'");
});
