import { describe, expect, test } from 'vitest';
import { compareHistory } from '../../src/kit/history/compare-history.ts';
import type { Plan } from '../../src/kit/plan/plan.ts';
import { planMigrate } from '../../src/kit/plan/plan-migrate.ts';
import { aHistory, aJournal, aLedger, aMigration, aRow, withLineEnds } from '../harness/a-migration.ts';
import { errorOf } from '../harness/error-of.ts';

const journal = aJournal(4);
const forward = { outOfOrder: false };

function summary({ from, to, steps }: Plan): unknown {
	return [from, to, steps.map(({ kind, tag }) => `${kind} ${tag}`)];
}

describe('planMigrate', () => {
	test.each<[string, number[], number, number, string[]]>([
		[
			'head',
			[],
			0,
			4,
			['apply 0000_init', 'apply 0001_add_users', 'apply 0002_add_posts', 'apply 0003_add_invoices'],
		],
		['head', [0, 1], 2, 4, ['apply 0002_add_posts', 'apply 0003_add_invoices']],
		['head', [0, 1, 2, 3], 4, 4, []],
		['+1', [0], 1, 2, ['apply 0001_add_users']],
		['0002', [0], 1, 3, ['apply 0001_add_users', 'apply 0002_add_posts']],
		['0000', [0], 1, 1, []],
		['base', [], 0, 0, []],
	])('to %s with %j applied', (target, applied, from, to, steps) => {
		expect(summary(planMigrate(aHistory(journal, applied), { target, ...forward }))).toEqual([
			from,
			to,
			steps,
		]);
	});

	test.each([
		['-1', [0, 1]],
		['base', [0]],
		['0000', [0, 1]],
		['head-3', [0, 1]],
	])('refuses to go back to %s', (target, applied) => {
		const error = errorOf(() => planMigrate(aHistory(journal, applied), { target, ...forward }));
		expect(error.code).toBe('WRONG_DIRECTION');
		expect(error.hint).toBe(`To go back: pnpm db:rollback ${target}.`);
	});

	test('refuses an older migration that is pending, unless it is asked for', () => {
		const history = aHistory(journal, [0, 2]);
		expect(errorOf(() => planMigrate(history, { target: 'head', outOfOrder: false })).code).toBe(
			'OUT_OF_ORDER',
		);
		expect(summary(planMigrate(history, { target: 'head', outOfOrder: true }))).toEqual([
			3,
			4,
			['apply 0001_add_users', 'apply 0003_add_invoices'],
		]);
	});

	test('refuses edited migrations and names them all', () => {
		const rows = [0, 1].map((index) => aRow(aMigration(index), { checksum: `other ${index}` }));
		const history = compareHistory(journal, aLedger(rows), withLineEnds);
		const error = errorOf(() => planMigrate(history, { target: 'head', ...forward }));
		expect(error.code).toBe('EDITED');
		expect(error.message).toContain('0000_init.sql');
		expect(error.message).toContain('0001_add_users.sql');
	});

	test('refuses a ledger row that nobody knows', () => {
		const history = compareHistory(journal, aLedger([aRow(aMigration(9))]), withLineEnds);
		expect(errorOf(() => planMigrate(history, { target: 'head', ...forward })).code).toBe('UNKNOWN_APPLIED');
	});

	test('refuses a missing file before anything runs, also when it is not the first', () => {
		const history = aHistory(aJournal(3, { 2: { up: false } }), []);
		expect(errorOf(() => planMigrate(history, { target: 'head', ...forward })).code).toBe(
			'MIGRATION_FILE_NOT_FOUND',
		);
	});

	test('keeps the down file in the step, so that the log can keep it', () => {
		const [step] = planMigrate(aHistory(journal, []), { target: '+1', ...forward }).steps;
		expect(step).toMatchObject({
			kind: 'apply',
			down: { proof: 'proven' },
			checksum: aMigration(0).up?.checksum,
		});
	});
});
