import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { isJournalUnborn, readJournal, readJournalMeanwhile } from '../journal/read-journal.ts';
import type { ReadOptions } from '../journal/read-migration.ts';

/** A project that has not generated anything yet has an empty journal; one with SQL files and no journal has lost it. */
export function readJournalOrNone(folder: string): Journal {
	try {
		return readJournal(folder);
	} catch (error) {
		return toNone(folder, error);
	}
}

/** The same while something else is waited for. */
export async function readJournalOrNoneMeanwhile(
	folder: string,
	options: ReadOptions = {},
): Promise<Journal> {
	try {
		return await readJournalMeanwhile(folder, options);
	} catch (error) {
		return toNone(folder, error);
	}
}

function toNone(folder: string, error: unknown): Journal {
	if (error instanceof CompanionError && error.code === 'JOURNAL_NOT_FOUND' && isJournalUnborn(folder))
		return { folder, migrations: [], orphans: [] };
	throw error;
}
