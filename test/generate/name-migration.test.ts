import { expect, test } from 'vitest';
import { chooseName, choosePrefix, nameSteps } from '../../src/kit/generate/name-migration.ts';

test.each([
	['add nickname to users', 'add_nickname_to_users'],
	['Add  "nickname" to users!', 'add_nickname_to_users'],
	["don't panic", 'dont_panic'],
	['../../etc/passwd', 'etc_passwd'],
	['a/b\\c:d@e+f', 'a_b_c_d_e_f'],
	['café Größe', 'cafe_große'],
	['添加昵称', '添加昵称'],
	['🎉', 'fallback_name'],
	['   ', 'fallback_name'],
	['.hidden', 'hidden'],
	['v1.2..3', 'v1.2.3'],
	['line\nbreak\ttab\u0000', 'line_break_tab'],
])('makes a name of the message %j', (message, expected) => {
	expect(chooseName({ message, fallback: 'fallback name' })).toBe(expected);
});

test('keeps --name as typed as far as a file name allows', () => {
	expect(chooseName({ name: 'Add-Users.v2', message: 'ignored', fallback: 'x' })).toBe('Add-Users.v2');
});

test('cuts long names at a word, and keeps file names within 255 bytes', () => {
	const name = chooseName({ message: 'word '.repeat(200), fallback: 'x' });
	expect(name).toMatch(/^(word_)+word$/);
	expect(Buffer.byteLength(chooseName({ message: '昵'.repeat(500), fallback: 'x' }))).toBeLessThanOrEqual(80);
});

const now = Date.UTC(2026, 10, 22, 15, 4, 5, 678);

test.each([
	['index', '0012'],
	['timestamp', '20261122150405'],
	['supabase', '20261122150405'],
	['unix', '1795359845'],
] as const)('writes the prefix %s as drizzle-kit does', (prefix, expected) => {
	expect(choosePrefix({ prefix, now, index: 12, tags: [] })).toBe(expected);
});

test('gives the second migration of one second the next second', () => {
	const tags = ['20261122150405_a', '20261122150406_b'];
	expect(choosePrefix({ prefix: 'timestamp', now, index: 2, tags })).toBe('20261122150407');
});

test('refuses the prefix none, which drizzle-kit breaks', () => {
	expect(() => choosePrefix({ prefix: 'none', now, index: 0, tags: [] })).toThrow(
		expect.objectContaining({ code: 'CONFIG_INVALID' }),
	);
});

test.each([
	[['change'], ['x']],
	[['index_i'], ['x']],
	[
		['change', 'index_My Idx', 'change', 'change', 'fill', 'fill'],
		['x', 'x_index_My_Idx', 'x_change', 'x_change_2', 'x_fill', 'x_fill_2'],
	],
	[
		['drop_i', 'change'],
		['x_drop_i', 'x_change'],
	],
])('names the steps of one change: %j', (purposes, names) => {
	expect(nameSteps('x', purposes)).toEqual(names);
});
