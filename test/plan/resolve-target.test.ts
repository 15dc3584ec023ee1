import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompanionError } from '../../src/kit/errors.ts';
import { resolveTarget } from '../../src/kit/plan/resolve-target.ts';
import { errorOf } from '../harness/error-of.ts';

const indexed = ['0000_init', '0001_add_users', '0002_add_users_name', '0003_add_invoices', '0004_x'];
const stamped = ['20240101120000_init', '20240102120000_users', '20250101120000_posts'];
const odd = ['0000_v1.2', '0001_fix-1', '0002_fix-12', '0003_a+2', '0004_c++', '0005_10'];

describe('resolveTarget', () => {
	test.each<[string, readonly string[], number, number]>([
		['head', indexed, 2, 5],
		['base', indexed, 2, 0],
		['0003_add_invoices', indexed, 0, 4],
		['0003_add', indexed, 0, 4],
		['0003_', indexed, 0, 4],
		['0003', indexed, 0, 4],
		['3', indexed, 0, 4],
		['0', indexed, 0, 1],
		['0000', indexed, 0, 1],
		['03', indexed, 0, 4],
		['1', ['0000_a', '0001_b', '0001_c'], 0, 2],
		['+2', indexed, 1, 3],
		['-1', indexed, 2, 1],
		['-2', indexed, 2, 0],
		['+5', indexed, 0, 5],
		['0003+1', indexed, 0, 5],
		['0003-1', indexed, 0, 3],
		['3-4', indexed, 5, 0],
		['head-2', indexed, 0, 3],
		['base+1', indexed, 5, 1],
		['0003_add_invoices-3', indexed, 5, 1],
		['0001_add_users', indexed, 0, 2],
		['20240101', stamped, 0, 1],
		['20240101120000', stamped, 0, 1],
		['20240101120000+1', stamped, 0, 2],
		['2025', stamped, 0, 3],
		['users', stamped, 0, 2],
		['us', stamped, 0, 2],
		['users-1', stamped, 0, 1],
		['a', ['20240101120000_a', '20240101120001_ab'], 0, 1],
		['1', stamped, 0, 2],
		['2', stamped, 0, 3],
		['0000_v1', odd, 0, 1],
		['0000_v1.2', odd, 0, 1],
		['0001_fix-1', odd, 0, 2],
		['0001_fix-1+1', odd, 0, 3],
		['0002_fix-1', odd, 0, 3],
		['0002_fix-12-1', odd, 0, 2],
		['0003_a+2', odd, 0, 4],
		['0003_a+2-1', odd, 0, 3],
		['0003_a-1', odd, 0, 3],
		['0004_c++', odd, 0, 5],
		['0004_c+++1', odd, 0, 6],
		['0004_c', odd, 0, 5],
		['head', ['only'], 0, 1],
		['only', ['only'], 0, 1],
		['o', ['only'], 0, 1],
		['0', ['only'], 1, 1],
		['-1', ['only'], 1, 0],
		['head', [], 0, 0],
		['base', [], 0, 0],
		['head', ['head', '0001_b'], 0, 1],
	])('%s among %j from %i is %i', (target, tags, position, expected) => {
		expect(resolveTarget(target, { tags, position })).toBe(expected);
	});

	test.each<[string, readonly string[], number, string]>([
		['', indexed, 0, 'TARGET_NOT_FOUND'],
		['nope', indexed, 0, 'TARGET_NOT_FOUND'],
		['0003_add_invoces', indexed, 0, 'TARGET_NOT_FOUND'],
		['HEAD', indexed, 0, 'TARGET_NOT_FOUND'],
		['nope+1', indexed, 0, 'TARGET_NOT_FOUND'],
		['+', indexed, 0, 'TARGET_NOT_FOUND'],
		['--1', indexed, 0, 'TARGET_NOT_FOUND'],
		['1.5', indexed, 0, 'TARGET_NOT_FOUND'],
		['../0001', indexed, 0, 'TARGET_NOT_FOUND'],
		['2024', stamped, 0, 'TARGET_AMBIGUOUS'],
		['202', stamped, 0, 'TARGET_AMBIGUOUS'],
		['a', ['20240101120000_ab', '20240101120001_ac'], 0, 'TARGET_AMBIGUOUS'],
		['add_users', indexed, 0, 'TARGET_NOT_FOUND'],
		['0001', ['0000_a', '0001_b', '0001_c'], 0, 'TARGET_AMBIGUOUS'],
		['0000', ['0000_a', '0000_b'], 0, 'TARGET_AMBIGUOUS'],
		['5', indexed, 0, 'TARGET_OUT_OF_RANGE'],
		['0005', indexed, 0, 'TARGET_OUT_OF_RANGE'],
		['+3', indexed, 3, 'TARGET_OUT_OF_RANGE'],
		['-1', indexed, 0, 'TARGET_OUT_OF_RANGE'],
		['-6', indexed, 5, 'TARGET_OUT_OF_RANGE'],
		['head+1', indexed, 0, 'TARGET_OUT_OF_RANGE'],
		['base-1', indexed, 0, 'TARGET_OUT_OF_RANGE'],
		['+0', indexed, 0, 'TARGET_OUT_OF_RANGE'],
		['+99999999999999999999999', indexed, 0, 'TARGET_OUT_OF_RANGE'],
		['0', [], 0, 'TARGET_OUT_OF_RANGE'],
		['+1', [], 0, 'TARGET_OUT_OF_RANGE'],
		['anything', [], 0, 'TARGET_NOT_FOUND'],
	])('%s among %j from %i is refused', (target, tags, position, code) => {
		expect(errorOf(() => resolveTarget(target, { tags, position })).code).toBe(code);
	});

	test('names the candidates of an ambiguous target', () => {
		const error = errorOf(() => resolveTarget('2024', { tags: stamped, position: 0 }));
		expect(error.details.candidates).toEqual(['20240101120000_init', '20240102120000_users']);
		expect(error.message).toContain('20240102120000_users');
	});

	test('names the nearest tag of an unknown target', () => {
		const error = errorOf(() => resolveTarget('0003_add_invoces', { tags: indexed, position: 0 }));
		expect(error.message).toContain('did you mean 0003_add_invoices?');
	});

	test('says how many steps there are past either end', () => {
		expect(errorOf(() => resolveTarget('-4', { tags: indexed, position: 2 })).message).toBe(
			'-4 is 4 steps, and there are only 2 back to base.',
		);
		expect(errorOf(() => resolveTarget('+2', { tags: indexed, position: 4 })).message).toBe(
			'+2 is 2 steps, and there is only 1 forward to head.',
		);
	});

	test('gives a position within the history or a refusal, whatever is typed', () => {
		const tags = fc.uniqueArray(
			fc.oneof(fc.constantFrom(...indexed, ...odd, ...stamped), fc.string({ minLength: 1 })),
		);
		const target = fc.oneof(
			fc.string(),
			fc.constantFrom(...indexed, ...odd),
			fc.stringMatching(/^(head|base|\d{0,5}|[a-z]{0,3})[+-]\d{1,3}$/),
		);
		fc.assert(
			fc.property(tags, target, fc.nat(), (all, typed, seed) => {
				try {
					const position = resolveTarget(typed, { tags: all, position: seed % (all.length + 1) });
					expect(position).toBeGreaterThanOrEqual(0);
					expect(position).toBeLessThanOrEqual(all.length);
				} catch (error) {
					expect(error).toBeInstanceOf(CompanionError);
				}
			}),
			{ numRuns: 500 },
		);
	});

	test('finds every whole tag, whatever characters are in it', () => {
		fc.assert(
			fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (tags, seed) => {
				const index = seed % tags.length;
				expect(resolveTarget(tags[index] as string, { tags, position: 0 })).toBe(index + 1);
			}),
		);
	});
});
