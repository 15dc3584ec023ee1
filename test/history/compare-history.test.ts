import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareHistory } from '../../src/kit/history/compare-history.ts';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import type { Journal } from '../../src/kit/journal/journal.ts';
import type { Migration } from '../../src/kit/journal/migration.ts';
import type { AppliedMigration, LogEvent } from '../../src/kit/ledger/ledger.ts';
import { aHistory, aJournal, aLedger, aMigration, aRow, withLineEnds } from '../harness/a-migration.ts';

function compare(journal: Journal, rows: readonly AppliedMigration[], events: readonly LogEvent[] = []) {
	return compareHistory(journal, aLedger(rows, events), withLineEnds);
}

function codes(history: ReturnType<typeof compare>): string[] {
	return history.problems.map(({ code, tag }) => `${code} ${tag}`);
}

function anEvent(index: number, shape: Partial<LogEvent> = {}): LogEvent {
	const { tag, when } = aMigration(index);
	return {
		kind: 'apply',
		tag,
		when,
		at: '2026-11-22T10:00:00.000Z',
		durationMilliseconds: 12,
		by: 'app',
		...shape,
	};
}

describe('compareHistory', () => {
	test.each<[number[], number]>([
		[[], 0],
		[[0], 1],
		[[0, 1, 2], 3],
		[[0, 2], 3],
	])('with %j applied stands at %i', (applied, position) => {
		const history = aHistory(aJournal(3), applied);
		expect([history.position, history.head]).toEqual([position, 3]);
		expect(
			history.entries
				.map(({ state }, index) => state === 'applied' && index)
				.filter((each) => each !== false),
		).toEqual(applied);
	});

	test('says how, when and by whom from the log, and `other` where the log does not know', () => {
		const rows = [0, 1, 2].map((index) => aRow(aMigration(index)));
		const { entries } = compare(aJournal(3), rows, [anEvent(0), anEvent(1, { kind: 'stamp' })]);
		expect(entries.map(({ how }) => how)).toEqual(['apply', 'stamp', 'other']);
		expect(entries[0]).toMatchObject({
			appliedAt: '2026-11-22T10:00:00.000Z',
			appliedBy: 'app',
			durationMilliseconds: 12,
		});
	});

	test('takes the newest event: what was reverted and then applied by another tool is `other`', () => {
		const { entries } = compare(
			aJournal(1),
			[aRow(aMigration(0))],
			[anEvent(0), anEvent(0, { kind: 'revert' })],
		);
		expect(entries[0]?.how).toBe('other');
	});

	test('says nothing of ways back where nobody asks, and reads none', () => {
		const journal = aJournal(1, { 0: { down: { proof: 'missing' } } });
		const unread = {
			...journal.migrations[0],
			get down(): never {
				throw new Error('was read');
			},
		} as Migration;
		const ledger = aLedger([aRow(unread)]);
		const history = compareHistory({ ...journal, migrations: [unread] }, ledger, {
			...withLineEnds,
			comparesDowns: false,
		});
		expect([history.entries[0]?.reversibility, history.problems]).toEqual([undefined, []]);
	});

	test('finds an edited file', () => {
		expect(codes(compare(aJournal(1), [aRow(aMigration(0), { checksum: 'other' })]))).toEqual([
			'EDITED 0000_init',
		]);
	});

	test.each([
		['\n', '\r\n'],
		['\r\n', '\n'],
	])('does not take other line ends for an edit: %j applied, %j now', (then, now) => {
		const applied = computeChecksum(`SELECT 1;${then}SELECT 2;${then}`);
		const journal = aJournal(1, { 0: { up: `SELECT 1;${now}SELECT 2;${now}` } });
		expect(codes(compare(journal, [aRow(aMigration(0), { checksum: applied })]))).toEqual([]);
	});

	test('recognises a row that was stamped by hand by its checksum, and says so', () => {
		const history = compare(aJournal(2), [aRow(aMigration(0), { when: 1_795_354_683_091 })]);
		expect(history.entries.map(({ state }) => state)).toEqual(['applied', 'pending']);
		expect(history.problems.map(({ code }) => code)).toContain('UNKNOWN_APPLIED');
	});

	test('takes a NULL time for one stamped by hand', () => {
		const { checksum } = aRow(aMigration(0));
		const history = compare(aJournal(1), [{ id: 1, checksum }]);
		expect(history.entries).toMatchObject([{ state: 'applied', problems: ['UNKNOWN_APPLIED'] }]);
	});

	test('puts a row that nobody knows in its place by time, with the tag that the log has', () => {
		const stranger = aRow(aMigration(1), { id: 5, when: 1_500, checksum: 'x' });
		const rows = [aRow(aMigration(0)), stranger];
		const history = compare(aJournal(2), rows, [anEvent(1, { when: 1_500, tag: '0001_other_branch' })]);
		expect(history.entries.map(({ index, tag }) => `${index} ${tag}`)).toEqual([
			'0 0000_init',
			'1 0001_other_branch',
			'2 0001_add_users',
		]);
		expect(codes(history)).toEqual(['UNKNOWN_APPLIED 0001_other_branch']);
		expect(history.position).toBe(2);
	});

	test('does not count rows that repeat another, as racing migrators write them', () => {
		const rows = [aRow(aMigration(0)), aRow(aMigration(0), { id: 2 }), aRow(aMigration(0), { id: 3 })];
		const history = compare(aJournal(2), rows);
		expect(history.entries.map(({ state }) => state)).toEqual(['applied', 'pending']);
		expect(codes(history)).toEqual([]);
	});

	test('finds a pending migration below an applied one', () => {
		expect(codes(aHistory(aJournal(3), [0, 2]))).toEqual(['OUT_OF_ORDER 0001_add_users']);
	});

	test('finds a pending migration on top whose `when` is older: drizzle would skip it silently', () => {
		expect(codes(aHistory(aJournal(3, { 2: { when: 500 } }), [0, 1]))).toEqual([
			'OUT_OF_ORDER 0002_add_posts',
		]);
	});

	test('does not mind a falling `when` while nothing is applied, nor once all is', () => {
		const journal = aJournal(3, { 2: { when: 500 } });
		expect(codes(aHistory(journal, []))).toEqual([]);
		expect(codes(aHistory(journal, [0, 1, 2]))).toEqual([]);
	});

	test('finds missing files, downs and snapshots', () => {
		const journal = aJournal(3, {
			0: { up: false },
			1: { down: false, hasSnapshot: false },
			2: { down: { proof: 'edited' } },
		});
		expect(codes(aHistory(journal, []))).toEqual([
			'FILE_MISSING 0000_init',
			'SNAPSHOT_MISSING 0001_add_users',
			'DOWN_MISSING 0001_add_users',
			'DOWN_UNPROVEN 0002_add_posts',
		]);
	});

	test('does not want a proof of what is irreversible', () => {
		const journal = aJournal(1, { 0: { down: { proof: 'missing', reversibility: 'irreversible' } } });
		expect(codes(aHistory(journal, []))).toEqual([]);
	});

	test('names files that no entry names, last', () => {
		const journal = {
			...aJournal(1, { 0: { down: false } }),
			orphans: ['0001_gone.down.sql', '0001_gone.sql'],
		};
		expect(codes(aHistory(journal, []))).toEqual([
			'DOWN_MISSING 0000_init',
			'FILE_ORPHANED 0001_gone.down',
			'FILE_ORPHANED 0001_gone',
		]);
	});

	test('matches two files of the same text and two entries of the same time each to its own row', () => {
		const same = { 0: { up: 'x' }, 1: { up: 'x' }, 2: { when: 5_000 }, 3: { when: 5_000 } };
		expect(codes(aHistory(aJournal(4, same), [0, 1, 2, 3]))).toEqual([]);
		expect(aHistory(aJournal(4, same), [0, 2]).entries.map(({ state }) => state)).toEqual([
			'applied',
			'pending',
			'applied',
			'pending',
		]);
	});

	test('compares anything with anything, and loses no row and no migration', () => {
		const when = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.constant(undefined));
		const row = fc.record({
			id: fc.nat(),
			checksum: fc.constantFrom('a', 'b', computeChecksum('SELECT 1;\n')),
			when,
		});
		const shape = fc.record({
			when: fc.integer({ min: 0, max: 5_000 }),
			up: fc.constantFrom('a', 'b', false as const),
		});
		fc.assert(
			fc.property(fc.array(shape), fc.array(row), (shapes, rows) => {
				const journal = aJournal(shapes.length, shapes);
				const applied = rows.map(({ when: time, ...rest }) =>
					time === undefined ? rest : { ...rest, when: time },
				);
				const history = compare(journal, applied);
				expect(history.entries.filter(({ migration }) => migration !== undefined)).toHaveLength(
					shapes.length,
				);
				expect(history.entries.map(({ index }) => index)).toEqual([...history.entries.keys()]);
				expect(history.entries.filter(({ state }) => state === 'applied').length).toBeLessThanOrEqual(
					rows.length,
				);
				expect(history.position).toBeLessThanOrEqual(history.head);
			}),
		);
	});
});
