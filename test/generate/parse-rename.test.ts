import { expect, test } from 'vitest';
import { parseRename } from '../../src/kit/generate/parse-rename.ts';

test.each([
	['users=people', { from: ['users'], to: ['people'] }],
	['users.name=users.full_name', { from: ['users', 'name'], to: ['users', 'full_name'] }],
	[
		'auth.users.name=auth.users.full_name',
		{ from: ['auth', 'users', 'name'], to: ['auth', 'users', 'full_name'] },
	],
	['"a.b"="c=d"', { from: ['a.b'], to: ['c=d'] }],
	['t."say ""hi"""=t.b', { from: ['t', 'say "hi"'], to: ['t', 'b'] }],
	['=users.full_name', { to: ['users', 'full_name'] }],
	['users.name=', { from: ['users', 'name'] }],
	['table:a=b', { kind: 'table', from: ['a'], to: ['b'] }],
	['Größe=größe', { from: ['Größe'], to: ['größe'] }],
])('reads %s', (text, expected) => {
	expect(parseRename(text)).toEqual({ text, ...expected });
});

test.each(['', '=', 'users', 'a=b=c', 'a..b=c', '.a=b', 'a.b.c.d=e', '"open=b', 'a= =b'])(
	'refuses %j as usage',
	(text) => {
		expect(() => parseRename(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
	},
);
