import type { Journal } from '../journal/journal.ts';
import type { Migration } from '../journal/migration.ts';
import type { AppliedMigration, Ledger, LogEvent } from '../ledger/ledger.ts';
import { findProblems } from './find-problems.ts';
import type { History, HistoryEntry, How } from './history.ts';
import { matchLedger } from './match-ledger.ts';

export interface CompareOptions {
	/** Says whether a checksum is that of this text with other line ends. */
	readonly isSameText: (text: string, checksum: string) => boolean;
}

/**
 * Compares what the repository says with what the database says.
 * A migration is applied when the ledger has a row with its `when`, or, stamped by hand with another time, with its checksum.
 */
export function compareHistory(journal: Journal, ledger: Ledger, options: CompareOptions): History {
	const { rowOf, unknown } = matchLedger(journal.migrations, ledger.applied);
	const latest = latestEvents(ledger.events);
	const known = journal.migrations.map((migration) => knownEntry(migration, rowOf.get(migration), latest));
	const strangers = unknown.map((row) => unknownEntry(row, latest));
	const drafts = placeByWhen(known, strangers).map((entry, index) => ({ ...entry, index }));
	const problems = findProblems(drafts, journal.orphans, options);
	const entries = drafts.map((entry) => ({
		...entry,
		problems: problems.filter(({ tag }) => tag === entry.tag).map(({ code }) => code),
	}));
	return {
		position: positionOf(entries),
		head: entries.length,
		entries,
		problems,
		hasLedger: ledger.exists,
		hasLog: ledger.hasLog,
	};
}

/** The newest event that says how a migration came to be applied, by its `when`. */
function latestEvents(events: readonly LogEvent[]): ReadonlyMap<number, LogEvent> {
	const latest = new Map<number, LogEvent>();
	for (const event of events) {
		if (event.kind === 'apply' || event.kind === 'stamp') latest.set(event.when, event);
		if (event.kind === 'revert' || event.kind === 'forget') latest.delete(event.when);
	}
	return latest;
}

type Draft = Omit<HistoryEntry, 'index'>;

function knownEntry(
	migration: Migration,
	row: AppliedMigration | undefined,
	latest: ReadonlyMap<number, LogEvent>,
): Draft {
	return {
		tag: migration.tag,
		when: migration.when,
		migration,
		state: row === undefined ? 'pending' : 'applied',
		...(row === undefined ? {} : { applied: row, ...circumstances(latest.get(row.when ?? migration.when)) }),
		...(migration.down === undefined ? {} : { reversibility: migration.down.reversibility }),
		loses:
			migration.down?.loses.map(({ subject, isLostByUp }) =>
				isLostByUp ? `${subject} (already lost by the up)` : subject,
			) ?? [],
		checksum: migration.up?.checksum ?? row?.checksum ?? '',
		problems: [],
	};
}

/** A row that no journal entry explains. The log knows its tag when the kit wrote it. */
function unknownEntry(row: AppliedMigration, latest: ReadonlyMap<number, LogEvent>): Draft {
	const event = row.when === undefined ? undefined : latest.get(row.when);
	return {
		tag: event?.tag ?? `(unknown, ledger row ${row.id})`,
		when: row.when ?? 0,
		applied: row,
		state: 'applied',
		...circumstances(event),
		loses: [],
		checksum: row.checksum,
		problems: [],
	};
}

function circumstances(event: LogEvent | undefined): {
	how: How;
	appliedAt?: string;
	appliedBy?: string;
	durationMilliseconds?: number;
} {
	if (event === undefined) return { how: 'other' };
	const { at, by, durationMilliseconds } = event;
	return {
		how: event.kind === 'stamp' ? 'stamp' : 'apply',
		appliedAt: at,
		appliedBy: by,
		durationMilliseconds,
	};
}

/** Puts the migrations that only the database knows between those of the journal, by `when`. */
function placeByWhen(known: readonly Draft[], unknown: readonly Draft[]): readonly Draft[] {
	const entries = [...known];
	for (const stranger of [...unknown].sort((a, b) => a.when - b.when)) {
		const place = entries.findIndex(({ when }) => when > stranger.when);
		entries.splice(place < 0 ? entries.length : place, 0, stranger);
	}
	return entries;
}

function positionOf(entries: readonly HistoryEntry[]): number {
	return entries.findLastIndex(({ state }) => state === 'applied') + 1;
}
