import { expect, test } from 'vitest';
import { hidePasswords } from '../../src/kit/cli/hide-passwords.ts';

test.each([
	['postgres://u:secret@h/d', 'postgres://u:***@h/d'],
	["no 'postgres://u:s@c/r?e#t@h:1/d' here", "no 'postgres://u:***@h:1/d' here"],
	['mysql://u:secret@h, postgres://v:secret@h', 'mysql://u:***@h, postgres://v:***@h'],
	['postgres://u@h/d', 'postgres://u@h/d'],
	['app@db:5432/shop', 'app@db:5432/shop'],
	['https://orm.drizzle.team/docs', 'https://orm.drizzle.team/docs'],
])('%s is shown as %s', (text, shown) => {
	expect(hidePasswords(text)).toBe(shown);
});
