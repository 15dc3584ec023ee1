import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkEntries } from '../../src/kit/journal/check-entries.ts';

const good = { idx: 0, version: '7', when: 1, tag: '0000_init', breakpoints: true };

function problemsOf(...entries: unknown[]): readonly string[] {
	return checkEntries({ version: '7', dialect: 'postgresql', entries }).problems;
}

describe('checkEntries', () => {
	test('takes what drizzle-kit writes', () => {
		expect(checkEntries({ version: '7', dialect: 'postgresql', entries: [good] })).toEqual({
			entries: [good],
			problems: [],
		});
		expect(problemsOf()).toEqual([]);
		expect(problemsOf({ ...good, tag: '0000_v1.2-beta+x ünï' })).toEqual([]);
	});

	test.each([
		['../../etc/passwd'],
		['0001_a/b'],
		['0001_a\\b'],
		['..'],
		['0001_a\u0000'],
		['0001_a\n'],
		[''],
		[7],
		[undefined],
		['x'.repeat(300)],
	])('refuses the tag %j', (tag) => {
		expect(problemsOf({ ...good, tag })).toHaveLength(1);
	});

	test.each([
		[{ ...good, idx: '0' }],
		[{ ...good, idx: -1 }],
		[{ ...good, idx: 1.5 }],
		[{ ...good, when: '2024-01-01' }],
		[{ ...good, when: undefined }],
		[{ ...good, when: Number.NaN }],
		[null],
		['0000_init'],
		[[good]],
	])('refuses the entry %j', (entry) => {
		expect(problemsOf(entry)).toHaveLength(1);
	});

	test('names every problem at once', () => {
		expect(problemsOf({ idx: 'x', when: null, tag: '../a' }, 5, good)).toHaveLength(4);
	});

	test('refuses the same idx or tag twice', () => {
		expect(problemsOf(good, { ...good, tag: '0000_other' })).toEqual([
			expect.stringContaining('idx 0 is there more than once'),
		]);
		expect(problemsOf(good, { ...good, idx: 1 })).toEqual([
			expect.stringContaining('tag "0000_init" is there more than once'),
		]);
	});

	test.each([[null], [[]], ['x'], [{}], [{ entries: {} }], [{ dialect: 'mysql', entries: [] }]])(
		'refuses the journal %j',
		(journal) => {
			expect(checkEntries(journal).problems).toHaveLength(1);
		},
	);

	test('never throws, and gives entries or problems that a reader can use', () => {
		fc.assert(
			fc.property(fc.anything(), fc.array(fc.anything()), (journal, entries) => {
				for (const value of [journal, { entries }]) {
					const checked = checkEntries(value);
					if (checked.problems.length === 0)
						for (const { tag } of checked.entries) expect(tag).not.toMatch(/[/\\]|\.\./);
				}
			}),
		);
	});
});
