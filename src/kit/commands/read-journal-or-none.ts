import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { isJournalUnborn, readJournal } from '../journal/read-journal.ts';
import type { ReadOptions } from '../journal/read-migration.ts';

/** A project that has not generated anything yet has an empty journal; one with SQL files and no journal has lost it. */
export function readJournalOrNone(folder: string, options: ReadOptions = {}): Journal {
	try {
		return readJournal(folder, options);
	} catch (error) {
		if (error instanceof CompanionError && error.code === 'JOURNAL_NOT_FOUND' && isJournalUnborn(folder))
			return { folder, migrations: [], orphans: [] };
		throw error;
	}
}
