import { describe, expect, test } from 'vitest';
import { readDuration } from '../../src/kit/cli/read-duration.ts';
import { errorOf } from '../harness/error-of.ts';

describe('readDuration', () => {
	test.each([
		['60s', 60_000],
		['10m', 600_000],
		['10min', 600_000],
		['500ms', 500],
		['1h', 3_600_000],
		['1.5s', 1_500],
		['5', 5_000],
		['0', 0],
	])('%s is %i milliseconds', (text, milliseconds) => {
		expect(readDuration('lock-wait', text)).toBe(milliseconds);
	});

	test.each(['', 's', '-5s', '5 s', '1e3', 'ten', '5y', 'Infinity', `${'9'.repeat(400)}h`])(
		'refuses %j',
		(text) => {
			expect(errorOf(() => readDuration('lock-wait', text)).code).toBe('USAGE');
		},
	);
});
