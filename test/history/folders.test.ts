import { describe, expect, test } from 'vitest';
import { compareHistory } from '../../src/kit/history/compare-history.ts';
import type { Journal } from '../../src/kit/journal/journal.ts';
import type { AppliedMigration, Ledger, LogEvent } from '../../src/kit/ledger/ledger.ts';
import { aLedger, aMigration, withLineEnds } from '../harness/a-migration.ts';

const start = Date.UTC(2026, 10, 22, 10);
const names = ['init', 'users', 'posts', 'tags'];
const tagOf = (index: number, second = index) => `2026112210000${second}_${names[index]}`;

/** Migrations of drizzle-kit 1.0, of these seconds after ten o'clock. */
function aJournal(...seconds: readonly number[]): Journal {
	const migrations = seconds.map((second, index) => ({
		...aMigration(index, { tag: tagOf(index, second), when: start + second * 1_000 }),
		layout: 'folders' as const,
	}));
	return { folder: '/drizzle', layout: 'folders', migrations, orphans: [] };
}

function aRow(journal: Journal, index: number, shape: Partial<AppliedMigration> = {}): AppliedMigration {
	const migration = journal.migrations[index];
	return {
		id: index + 1,
		checksum: migration?.up?.checksum ?? '',
		when: migration?.when ?? 0,
		name: migration?.tag ?? '',
		...shape,
	};
}

/** As drizzle-orm 0.x wrote it: with milliseconds, without a name. */
function anOldRow(journal: Journal, index: number, shape: Partial<AppliedMigration> = {}): AppliedMigration {
	const { name: _name, ...row } = aRow(journal, index);
	return { ...row, when: (row.when ?? 0) + 123, ...shape };
}

function compare(journal: Journal, applied: readonly AppliedMigration[], shape: Partial<Ledger> = {}) {
	return compareHistory(journal, { ...aLedger(applied), hasNames: true, ...shape }, withLineEnds);
}

const states = ({ entries }: ReturnType<typeof compare>) => entries.map(({ state }) => state);
const codes = ({ problems }: ReturnType<typeof compare>) => problems.map(({ code }) => code);

describe('the history of folders', () => {
	test('goes by names, whatever time and order the rows have', () => {
		const journal = aJournal(0, 1, 2);
		const history = compare(journal, [aRow(journal, 1, { when: 5 }), aRow(journal, 0)]);
		expect([states(history), codes(history), history.position]).toEqual([
			['applied', 'applied', 'pending'],
			[],
			2,
		]);
	});

	test('finds an edit by the checksum', () => {
		const journal = aJournal(0);
		expect(codes(compare(journal, [aRow(journal, 0, { checksum: 'other' })]))).toEqual(['EDITED']);
	});

	test('calls an older pending one out of order, and one of the same second that stands behind it not', () => {
		const journal = aJournal(0, 1, 1);
		expect(codes(compare(journal, [aRow(journal, 0), aRow(journal, 2)]))).toEqual(['OUT_OF_ORDER']);
		expect(codes(compare(journal, [aRow(journal, 0), aRow(journal, 1)]))).toEqual([]);
	});

	test("takes rows of drizzle-orm 0.x for what 1.0's upgrade takes them, without a problem, and says how to name them", () => {
		const journal = aJournal(0, 1, 1);
		const rows = [
			anOldRow(journal, 0, { checksum: 'edited' }),
			anOldRow(journal, 1),
			anOldRow(journal, 2, { when: Date.UTC(2027, 0) }),
		];
		const history = compare(journal, rows, { hasNames: false });
		expect([states(history), codes(history)]).toEqual([['applied', 'applied', 'applied'], ['EDITED']]);
		expect(history.ledgerForm).toEqual({
			layout: 'folders',
			upgrade: journal.migrations.map(({ tag }, index) => ({ id: index + 1, name: tag })),
		});
	});

	test('leaves a row without a migration unnamed, and names it as unknown', () => {
		const journal = aJournal(0);
		const history = compare(
			journal,
			[anOldRow(journal, 0), { id: 9, checksum: 'gone', when: start - 5_000 }],
			{ hasNames: false },
		);
		expect(codes(history)).toEqual(['UNKNOWN_APPLIED']);
		expect(history.ledgerForm?.upgrade).toEqual([{ id: 1, name: tagOf(0) }]);
	});

	test('does not take a migration of another branch for one of the same second', () => {
		const journal = aJournal(0, 1);
		const other = { id: 2, checksum: 'other', when: start + 1_000, name: '20261122100001_elsewhere' };
		const history = compare(journal, [aRow(journal, 0), other]);
		expect(history.entries.map(({ tag, state }) => [tag, state])).toEqual([
			[tagOf(0), 'applied'],
			[tagOf(1), 'pending'],
			['20261122100001_elsewhere', 'applied'],
		]);
		expect(codes(history)).toEqual(['OUT_OF_ORDER', 'UNKNOWN_APPLIED']);
	});

	test('finds a folder that was renamed, and a row without a name in a table that has names', () => {
		const journal = aJournal(0, 1);
		const { name: _name, ...nameless } = aRow(journal, 1);
		const { problems } = compare(journal, [aRow(journal, 0, { name: '20261122100000_old' }), nameless]);
		expect(problems.map(({ code, message }) => [code, message])).toEqual([
			['UNKNOWN_APPLIED', expect.stringContaining('20261122100000_old')],
			['UNKNOWN_APPLIED', expect.stringContaining('has no name')],
		]);
	});

	test('passes over rows that repeat each other, old and new', () => {
		const journal = aJournal(0, 1);
		const rows = [
			aRow(journal, 0),
			aRow(journal, 0, { id: 8 }),
			anOldRow(journal, 1),
			anOldRow(journal, 1, { id: 9 }),
		];
		expect(codes(compare(journal, rows, { hasNames: false }))).toEqual([]);
	});

	test('knows what happened before drizzle-kit up, and tells migrations of one second apart', () => {
		const journal = aJournal(0, 1, 1);
		const event = (tag: string, when: number, by: string): LogEvent => ({
			...{ kind: 'apply', tag, when, by },
			...{ checksum: '', at: '2026-11-22T11:00:00.000Z', durationMilliseconds: 1 },
		});
		const ledger = {
			...aLedger(
				[
					aRow(journal, 0, { when: start + 123 }),
					aRow(journal, 1),
					aRow(journal, 2, { appliedAt: '2026-11-22T12:00:00.000Z' }),
				],
				[event('0000_init', start + 123, 'ada'), event(tagOf(1), start + 1_000, 'bob')],
			),
			hasNames: true,
		};
		const { entries } = compareHistory(journal, ledger, withLineEnds);
		expect(
			entries.map(({ how, appliedBy, appliedAt }) => [how, appliedBy, appliedAt?.slice(11, 13)]),
		).toEqual([
			['apply', 'ada', '11'],
			['apply', 'bob', '11'],
			['other', undefined, '12'],
		]);
	});

	test('an older checkout recognises what 1.0 applied by the name that drizzle-kit up would give', () => {
		const migration = aMigration(0, { tag: '0000_init', when: start + 123 });
		const row = { id: 1, checksum: migration.up?.checksum ?? '', when: start, name: '20261122100000_init' };
		const journal = { folder: '/drizzle', migrations: [migration], orphans: [] };
		expect(codes(compare(journal, [row]))).toEqual([]);
	});
});
