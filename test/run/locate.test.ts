import { describe, expect, test } from 'vitest';
import { locate } from '../../src/kit/run/locate.ts';

describe('locate', () => {
	test.each<[string, number, number, number, string]>([
		['abc', 0, 1, 1, 'abc'],
		['abc', 2, 1, 3, 'abc'],
		['abc', 3, 1, 4, 'abc'],
		['a\nbc\nd', 2, 2, 1, 'bc'],
		['a\nbc\nd', 3, 2, 2, 'bc'],
		['a\nbc\nd', 4, 2, 3, 'bc'],
		['a\r\nbc\r\n', 3, 2, 1, 'bc'],
		['a\r\nbc\r\n', 7, 3, 1, ''],
		['', 0, 1, 1, ''],
	])('in %j, %i is line %i, column %i', (text, offset, line, column, shown) => {
		expect(locate(text, offset)).toEqual({ line, column, text: shown });
	});
});
