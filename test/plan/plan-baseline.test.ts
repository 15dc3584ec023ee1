import { describe, expect, test } from 'vitest';
import { compareHistory } from '../../src/kit/history/compare-history.ts';
import { planBaseline } from '../../src/kit/plan/plan-baseline.ts';
import { aHistory, aJournal, aLedger, aMigration, aRow, withLineEnds } from '../harness/a-migration.ts';
import { errorOf } from '../harness/error-of.ts';

const journal = aJournal(3);

function stepsOf(plan: ReturnType<typeof planBaseline>): unknown {
	return [plan.from, plan.to, plan.steps.map(({ kind, tag }) => `${kind} ${tag}`)];
}

describe('planBaseline', () => {
	test.each<[string, boolean, number[], unknown]>([
		['head', false, [], [0, 3, ['stamp 0000_init', 'stamp 0001_add_users', 'stamp 0002_add_posts']]],
		['0000', false, [], [0, 1, ['stamp 0000_init']]],
		['head', false, [0], [1, 3, ['stamp 0001_add_users', 'stamp 0002_add_posts']]],
		['head', false, [0, 2], [3, 3, ['stamp 0001_add_users']]],
		['head', false, [0, 1, 2], [3, 3, []]],
		['0000', true, [0, 1], [2, 1, ['forget 0001_add_users', 'forget 0000_init', 'stamp 0000_init']]],
		['base', true, [0, 1], [2, 0, ['forget 0001_add_users', 'forget 0000_init']]],
		['base', true, [], [0, 0, []]],
	])('to %s, purge %s, with %j applied', (target, purge, applied, expected) => {
		expect(stepsOf(planBaseline(aHistory(journal, applied), { target, purge }))).toEqual(expected);
	});

	test('refuses to record backwards without --purge', () => {
		const error = errorOf(() => planBaseline(aHistory(journal, [0, 1]), { target: '0000', purge: false }));
		expect(error.code).toBe('WRONG_DIRECTION');
		expect(error.hint).toContain('pnpm db:baseline 0000 --purge');
	});

	test('refuses a row that nobody knows, and forgets it with --purge', () => {
		const history = compareHistory(journal, aLedger([aRow(aMigration(9), { id: 7 })]), withLineEnds);
		expect(errorOf(() => planBaseline(history, { target: 'head', purge: false })).code).toBe(
			'UNKNOWN_APPLIED',
		);
		const plan = planBaseline(history, { target: '0000', purge: true });
		expect(plan.steps).toMatchObject([
			{ kind: 'forget', rowId: 7 },
			{ kind: 'stamp', tag: '0000_init' },
		]);
	});

	test('refuses to record a migration whose file is missing: its checksum is what the ledger records', () => {
		const history = aHistory(aJournal(2, { 1: { up: false } }), []);
		expect(errorOf(() => planBaseline(history, { target: 'head', purge: false })).code).toBe(
			'MIGRATION_FILE_NOT_FOUND',
		);
		expect(planBaseline(history, { target: '0000', purge: false }).steps).toHaveLength(1);
	});
});
