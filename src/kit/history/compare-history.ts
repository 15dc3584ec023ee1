import type { Journal } from '../journal/journal.ts';
import type { Loss, Migration } from '../journal/migration.ts';
import type { AppliedMigration, Ledger, LogEvent } from '../ledger/ledger.ts';
import { findNotices } from './find-notices.ts';
import { findProblems } from './find-problems.ts';
import type { History, HistoryEntry, How, Problem, ProblemCode } from './history.ts';
import { findLatestEvents, type LatestEvents } from './latest-events.ts';
import { matchLedger } from './match-ledger.ts';
import { shapeLedger } from './shape-ledger.ts';

export interface CompareOptions {
	/** Says whether a checksum is that of the same migration: of this text with other line ends, or without its allowances. */
	readonly isSameText: (text: string, checksum: string) => boolean;
	/** Says it of line ends alone, which are worth a notice. Default: `isSameText`. */
	readonly isOtherLineEnds?: (text: string, checksum: string) => boolean;
}

/**
 * Compares what the repository says with what the database says.
 * A migration is applied when the ledger has a row with its `when`, or, stamped by hand with another time, with its checksum; in the
 * layout of drizzle-kit 1.0 with its name.
 */
export function compareHistory(journal: Journal, ledger: Ledger, options: CompareOptions): History {
	const { layout } = journal;
	const { rowOf, unknown } = matchLedger(journal.migrations, ledger.applied, layout);
	const latest = findLatestEvents(ledger.events, layout);
	const known = journal.migrations.map((migration) => knownEntry(migration, rowOf.get(migration), latest));
	const strangers = unknown.map((row) => unknownEntry(row, latest));
	const entries = placeByWhen(known, strangers);
	for (const [index, entry] of entries.entries()) entry.index = index;
	const ledgerForm = shapeLedger(journal, ledger);
	const problems = findProblems(entries, journal.orphans, { ...options, ledgerForm });
	noteProblems(entries, problems);
	const notices = findNotices(entries, ledger.applied, options);
	return {
		position: positionOf(entries),
		head: entries.length,
		entries,
		problems,
		...(notices.length === 0 ? {} : { notices }),
		hasLedger: ledger.exists,
		hasLog: ledger.hasLog,
		ledgerForm,
	};
}

/** An entry that does not know yet where it stands and what is wrong with it. */
type Draft = { -readonly [Key in keyof HistoryEntry]: HistoryEntry[Key] };

function knownEntry(migration: Migration, row: AppliedMigration | undefined, latest: LatestEvents): Draft {
	const { tag, when, up, down } = migration;
	const entry: Draft = {
		index: -1,
		tag,
		when,
		migration,
		state: row === undefined ? 'pending' : 'applied',
		loses: down === undefined || down.loses.length === 0 ? [] : down.loses.map(nameLoss),
		checksum: up?.checksum ?? row?.checksum ?? '',
		problems: [],
	};
	if (row !== undefined)
		Object.assign(entry, circumstances(row, latest.ofMigration(migration, row)), { applied: row });
	if (down !== undefined) entry.reversibility = down.reversibility;
	return entry;
}

function nameLoss({ subject, isLostByUp }: Loss): string {
	return isLostByUp ? `${subject} (already lost by the up)` : subject;
}

/** A row that no journal entry explains. The log knows its tag when the kit wrote it. */
function unknownEntry(row: AppliedMigration, latest: LatestEvents): Draft {
	const event = latest.ofRow(row);
	return {
		index: -1,
		tag: row.name ?? event?.tag ?? `(unknown, ledger row ${row.id})`,
		when: row.when ?? 0,
		applied: row,
		state: 'applied',
		...circumstances(row, event),
		loses: [],
		checksum: row.checksum,
		problems: [],
	};
}

function circumstances(
	{ appliedAt }: AppliedMigration,
	event: LogEvent | undefined,
): {
	how: How;
	appliedAt?: string;
	appliedBy?: string;
	durationMilliseconds?: number;
} {
	if (event === undefined) return { how: 'other', ...(appliedAt === undefined ? {} : { appliedAt }) };
	const { at, by, durationMilliseconds } = event;
	return {
		how: event.kind === 'stamp' ? 'stamp' : 'apply',
		appliedAt: at,
		appliedBy: by,
		durationMilliseconds,
	};
}

/** Puts the migrations that only the database knows between those of the journal, by `when`. */
function placeByWhen(known: readonly Draft[], unknown: readonly Draft[]): Draft[] {
	const entries = [...known];
	for (const stranger of [...unknown].sort((a, b) => a.when - b.when)) {
		const place = entries.findIndex(({ when }) => when > stranger.when);
		entries.splice(place < 0 ? entries.length : place, 0, stranger);
	}
	return entries;
}

function noteProblems(entries: readonly Draft[], problems: readonly Problem[]): void {
	const codes = new Map<string, ProblemCode[]>();
	for (const { tag, code } of problems) {
		const known = codes.get(tag);
		if (known === undefined) codes.set(tag, [code]);
		else known.push(code);
	}
	for (const entry of entries) entry.problems = codes.get(entry.tag) ?? entry.problems;
}

function positionOf(entries: readonly HistoryEntry[]): number {
	return entries.findLastIndex(({ state }) => state === 'applied') + 1;
}
