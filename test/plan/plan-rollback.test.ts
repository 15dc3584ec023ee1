import { describe, expect, test } from 'vitest';
import { compareHistory } from '../../src/kit/history/compare-history.ts';
import type { DownFile } from '../../src/kit/journal/migration.ts';
import { planRollback } from '../../src/kit/plan/plan-rollback.ts';
import { aHistory, aJournal, aLedger, aMigration, aRow, withLineEnds } from '../harness/a-migration.ts';
import { errorOf } from '../harness/error-of.ts';

const journal = aJournal(4);
const keptDowns = new Map<string, DownFile>();

function codeOf(history: ReturnType<typeof aHistory>, target: string): string {
	return errorOf(() => planRollback(history, { target, keptDowns })).code;
}

describe('planRollback', () => {
	test.each<[string, number[], number, string[]]>([
		['-1', [0, 1], 1, ['revert 0001_add_users']],
		['base', [0, 1, 2], 0, ['revert 0002_add_posts', 'revert 0001_add_users', 'revert 0000_init']],
		['0000_init', [0, 1, 2], 1, ['revert 0002_add_posts', 'revert 0001_add_users']],
		['head', [0, 1, 2, 3], 4, []],
		['head-1', [0, 1, 2, 3], 3, ['revert 0003_add_invoices']],
		['0001', [0, 1], 2, []],
		['base', [], 0, []],
		['base', [0, 2], 0, ['revert 0002_add_posts', 'revert 0000_init']],
		['0001', [0, 2], 1, ['revert 0002_add_posts']],
		['-1', [0, 2], 1, ['revert 0002_add_posts']],
		['-2', [0, 2], 0, ['revert 0002_add_posts', 'revert 0000_init']],
		['-1', [0, 1, 3], 2, ['revert 0003_add_invoices']],
		['-2', [0, 1, 3], 1, ['revert 0003_add_invoices', 'revert 0001_add_users']],
		['0001', [0, 1, 3], 2, ['revert 0003_add_invoices']],
		['0002', [0, 1, 3], 2, ['revert 0003_add_invoices']],
	])('to %s with %j applied', (target, applied, to, steps) => {
		const plan = planRollback(aHistory(journal, applied), { target, keptDowns });
		expect([plan.to, plan.steps.map(({ kind, tag }) => `${kind} ${tag}`)]).toEqual([to, steps]);
	});

	test.each([
		['+1', [0]],
		['head', [0]],
		['0002', []],
	])('refuses to go forward to %s', (target, applied) => {
		const error = errorOf(() => planRollback(aHistory(journal, applied), { target, keptDowns }));
		expect(error.code).toBe('WRONG_DIRECTION');
		expect(error.hint).toBe(`To go forward: pnpm db:migrate ${target}.`);
	});

	test('refuses further back than base', () => {
		expect(codeOf(aHistory(journal, [0]), '-2')).toBe('TARGET_OUT_OF_RANGE');
		const error = errorOf(() => planRollback(aHistory(journal, [0, 3]), { target: '-3', keptDowns }));
		expect(error.message).toBe('-3 is 3 steps, and there are only 2 back to base.');
	});

	test.each<[string, Partial<DownFile> | false, string]>([
		['a missing down', false, 'DOWN_FILE_NOT_FOUND'],
		['an edited down', { proof: 'edited' }, 'DOWN_UNPROVEN'],
		['a down without proof', { proof: 'missing' }, 'DOWN_UNPROVEN'],
		[
			'an irreversible migration',
			{ reversibility: 'irreversible', reason: 'it merges rows' },
			'DOWN_IRREVERSIBLE',
		],
		[
			'an irreversible migration without proof',
			{ reversibility: 'irreversible', proof: 'missing' },
			'DOWN_IRREVERSIBLE',
		],
	])('refuses %s while planning, also when it comes last', (_, down, code) => {
		expect(codeOf(aHistory(aJournal(3, { 0: { down } }), [0, 1, 2]), 'base')).toBe(code);
	});

	test('does not mind a missing down below the target', () => {
		const history = aHistory(aJournal(3, { 0: { down: false } }), [0, 1, 2]);
		expect(planRollback(history, { target: '0000', keptDowns }).steps).toHaveLength(2);
	});

	test('refuses to revert an edited migration, and only that', () => {
		const rows = [aRow(aMigration(0), { checksum: 'other' }), aRow(aMigration(1)), aRow(aMigration(2))];
		const history = compareHistory(journal, aLedger(rows), withLineEnds);
		expect(codeOf(history, 'base')).toBe('EDITED');
		expect(planRollback(history, { target: '0000', keptDowns }).steps).toHaveLength(2);
	});

	test('uses the down that the log kept for a migration which the journal lacks', () => {
		const stranger = aRow(aMigration(5));
		const history = compareHistory(aJournal(1), aLedger([aRow(aMigration(0)), stranger]), withLineEnds);
		const tag = history.entries[1]?.tag ?? '';
		expect(codeOf(history, '-1')).toBe('DOWN_FILE_NOT_FOUND');
		const kept = { ...(aMigration(5).down as DownFile), sql: 'SELECT 5;', file: 'log' };
		const plan = planRollback(history, { target: '-1', keptDowns: new Map([[tag, kept]]) });
		expect(plan.steps).toMatchObject([{ kind: 'revert', sql: 'SELECT 5;', source: 'log', rowId: 6 }]);
	});
});
