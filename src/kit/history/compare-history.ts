import type { Journal } from '../journal/journal.ts';
import type { Loss, Migration } from '../journal/migration.ts';
import type { AppliedMigration, Ledger, LogEvent } from '../ledger/ledger.ts';
import { findNotices } from './find-notices.ts';
import { findProblems } from './find-problems.ts';
import type { History, HistoryEntry, Problem, ProblemCode } from './history.ts';
import { findLatestEvents, type LatestEvents } from './latest-events.ts';
import { matchLedger } from './match-ledger.ts';
import { shapeLedger } from './shape-ledger.ts';

export interface CompareOptions {
	/** Says whether a checksum is that of the same migration: of this text with other line ends, or without its allowances. */
	readonly isSameText: (text: string, checksum: string) => boolean;
	/** Says it of line ends alone, which are worth a notice. Default: `isSameText`. */
	readonly isOtherLineEnds?: (text: string, checksum: string) => boolean;
	/** False: the ways back are passed over, as if nobody had asked how good they are, and no down file is read for it. Default true. */
	readonly comparesDowns?: boolean;
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
	const { comparesDowns = true } = options;
	const known = journal.migrations.map((migration) =>
		knownEntry(migration, rowOf(migration), { latest, comparesDowns }),
	);
	const strangers = unknown.map((row) => unknownEntry(row, latest));
	const entries = placeByWhen(known, strangers);
	entries.forEach((entry, index) => {
		entry.index = index;
	});
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

interface Knowledge {
	readonly latest: LatestEvents;
	readonly comparesDowns: boolean;
}

// Properties are set one by one here and in what this calls: thousands of entries are made at every start.
function knownEntry(
	migration: Migration,
	row: AppliedMigration | undefined,
	{ latest, comparesDowns }: Knowledge,
): Draft {
	const down = comparesDowns ? migration.down : undefined;
	const entry: Draft = {
		index: -1,
		tag: migration.tag,
		when: migration.when,
		migration,
		state: row === undefined ? 'pending' : 'applied',
		loses: down === undefined || down.loses.length === 0 ? noLosses : down.loses.map(nameLoss),
		checksum: migration.up?.checksum ?? row?.checksum ?? '',
		problems: noProblems,
	};
	if (row !== undefined) noteCircumstances(entry, row, latest.ofMigration(migration, row));
	if (down !== undefined) entry.reversibility = down.reversibility;
	return entry;
}

const noLosses: readonly string[] = [];
const noProblems: readonly ProblemCode[] = [];

function nameLoss({ subject, isLostByUp }: Loss): string {
	return isLostByUp ? `${subject} (already lost by the up)` : subject;
}

/** A row that no journal entry explains. The log knows its tag when the kit wrote it. */
function unknownEntry(row: AppliedMigration, latest: LatestEvents): Draft {
	const event = latest.ofRow(row);
	const entry: Draft = {
		index: -1,
		tag: row.name ?? event?.tag ?? `(unknown, ledger row ${row.id})`,
		when: row.when ?? 0,
		state: 'applied',
		loses: noLosses,
		checksum: row.checksum,
		problems: noProblems,
	};
	noteCircumstances(entry, row, event);
	return entry;
}

function noteCircumstances(entry: Draft, row: AppliedMigration, event: LogEvent | undefined): void {
	entry.applied = row;
	if (event === undefined) {
		entry.how = 'other';
		if (row.appliedAt !== undefined) entry.appliedAt = row.appliedAt;
		return;
	}
	entry.how = event.kind === 'stamp' ? 'stamp' : 'apply';
	entry.appliedAt = event.at;
	entry.appliedBy = event.by;
	entry.durationMilliseconds = event.durationMilliseconds;
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
	if (problems.length === 0) return;
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
