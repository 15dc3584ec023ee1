import type { Journal } from '../journal/journal.ts';
import type { Migration } from '../journal/migration.ts';
import type { AppliedMigration, Ledger, LogEvent } from '../ledger/ledger.ts';
import { findNotices } from './find-notices.ts';
import { findProblems } from './find-problems.ts';
import type { History, HistoryEntry, How } from './history.ts';
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
	const drafts = placeByWhen(known, strangers).map((entry, index) => ({ ...entry, index }));
	const ledgerForm = shapeLedger(journal, ledger);
	const problems = findProblems(drafts, journal.orphans, { ...options, ledgerForm });
	const entries = drafts.map((entry) => ({
		...entry,
		problems: problems.filter(({ tag }) => tag === entry.tag).map(({ code }) => code),
	}));
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

type Draft = Omit<HistoryEntry, 'index'>;

function knownEntry(migration: Migration, row: AppliedMigration | undefined, latest: LatestEvents): Draft {
	return {
		tag: migration.tag,
		when: migration.when,
		migration,
		state: row === undefined ? 'pending' : 'applied',
		...(row === undefined ? {} : { applied: row, ...circumstances(row, latest.ofMigration(migration, row)) }),
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
function unknownEntry(row: AppliedMigration, latest: LatestEvents): Draft {
	const event = latest.ofRow(row);
	return {
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
