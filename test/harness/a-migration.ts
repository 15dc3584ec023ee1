import type { CompareOptions } from '../../src/kit/history/compare-history.ts';
import { compareHistory } from '../../src/kit/history/compare-history.ts';
import type { History } from '../../src/kit/history/history.ts';
import { computeChecksum, isChecksumOfOtherLineEnds } from '../../src/kit/journal/checksum.ts';
import type { Journal } from '../../src/kit/journal/journal.ts';
import type { DownFile, Migration } from '../../src/kit/journal/migration.ts';
import type { AppliedMigration, Ledger, LogEvent } from '../../src/kit/ledger/ledger.ts';

export interface MigrationShape {
	readonly tag?: string;
	readonly when?: number;
	/** `false`: the file is missing. */
	readonly up?: string | false;
	/** `false`: there is no down file. */
	readonly down?: Partial<DownFile> | false;
	readonly hasSnapshot?: boolean;
}

const names = ['init', 'add_users', 'add_posts', 'add_invoices', 'add_tags', 'drop_tags'];

/** The tag that `aMigration` gives by default: `0003_add_invoices`. */
export function tagOf(index: number): string {
	return `${String(index).padStart(4, '0')}_${names[index] ?? `step_${index}`}`;
}

/** A migration as the journal reads it; `index * 1000 + 1000` is its `when`. */
export function aMigration(index: number, shape: MigrationShape = {}): Migration {
	const {
		tag = tagOf(index),
		when = index * 1_000 + 1_000,
		up = `SELECT ${index};\n`,
		down = {},
		hasSnapshot = true,
	} = shape;
	return {
		index,
		tag,
		when,
		hasSnapshot,
		...(up === false ? {} : { up: { file: `/drizzle/${tag}.sql`, sql: up, checksum: computeChecksum(up) } }),
		...(down === false ? {} : { down: { ...plainDown(tag), ...down } }),
	};
}

function plainDown(tag: string): DownFile {
	const sql = 'SELECT 0;';
	return {
		file: `/drizzle/${tag}.down.sql`,
		text: sql,
		sql,
		reversibility: 'lossless',
		loses: [],
		proof: 'proven',
	};
}

/** As many migrations as asked for, each changed by its shape where one is given. */
export function aJournal(count: number, shapes: Readonly<Record<number, MigrationShape>> = {}): Journal {
	const migrations = Array.from({ length: count }, (_, index) => aMigration(index, shapes[index]));
	return { folder: '/drizzle', migrations, orphans: [] };
}

/** The ledger's row for a migration. */
export function aRow(migration: Migration, shape: Partial<AppliedMigration> = {}): AppliedMigration {
	return {
		id: migration.index + 1,
		checksum: migration.up?.checksum ?? 'gone',
		when: migration.when,
		...shape,
	};
}

/** A ledger with these rows; the log holds what is given. */
export function aLedger(applied: readonly AppliedMigration[], events: readonly LogEvent[] = []): Ledger {
	return { exists: true, hasLog: events.length > 0, applied, events };
}

/** The history of a journal of which the migrations with these indexes are applied. */
export function aHistory(journal: Journal, applied: readonly number[]): History {
	return compareHistory(
		journal,
		aLedger(applied.map((index) => aRow(journal.migrations[index] as Migration))),
		withLineEnds,
	);
}

export const withLineEnds: CompareOptions = { isSameText: isChecksumOfOtherLineEnds };
