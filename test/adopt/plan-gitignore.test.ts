import { describe, expect, it } from 'vitest';
import { planGitignore } from '../../src/kit/adopt/plan-gitignore.ts';

describe('planGitignore', () => {
	it.each([
		[undefined, '.data/\n'],
		['', '.data/\n'],
		['dist\n', 'dist\n.data/\n'],
		['dist', 'dist\n.data/\n'],
		['dist\r\nx\r\n', 'dist\r\nx\r\n.data/\r\n'],
		['# .data/\n', '# .data/\n.data/\n'],
		['.database\n', '.database\n.data/\n'],
	])('adds the line to %j', (text, expected) => {
		expect(planGitignore(text)?.text).toBe(expected);
	});

	it.each([
		['.data'],
		['.data/'],
		['/.data/'],
		['x\n .data/ \ny'],
		['.data/postgres'],
		['**/.data'],
		['.data/*'],
	])('leaves %j alone', (text) => {
		expect(planGitignore(text)).toBeUndefined();
	});
});
