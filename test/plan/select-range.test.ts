import { describe, expect, test } from 'vitest';
import { selectRange } from '../../src/kit/plan/select-range.ts';
import { aHistory, aJournal } from '../harness/a-migration.ts';
import { errorOf } from '../harness/error-of.ts';

const history = aHistory(aJournal(5), [0, 1, 2, 3]);

describe('selectRange', () => {
	test.each<[string, number[]]>([
		['0000:0001', [0, 1]],
		['1:1', [1]],
		[':', [0, 1, 2, 3, 4]],
		['3:', [3, 4]],
		[':1', [0, 1]],
		['-3:', [0, 1, 2, 3, 4]],
		['-1:+1', [2, 3, 4]],
		['base:0', [0]],
		['head:head', [4]],
	])('%s', (range, expected) => {
		expect(selectRange(history, range).map(({ index }) => index)).toEqual(expected);
	});

	test.each([
		['0001', 'USAGE'],
		['0:1:2', 'USAGE'],
		['3:1', 'WRONG_DIRECTION'],
		['nope:', 'TARGET_NOT_FOUND'],
		['9:', 'TARGET_OUT_OF_RANGE'],
	])('refuses %s', (range, code) => {
		expect(errorOf(() => selectRange(history, range)).code).toBe(code);
	});
});
