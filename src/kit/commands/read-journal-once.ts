import type { Journal } from '../journal/journal.ts';
import { readJournal } from '../journal/read-journal.ts';
import type { ReadOptions } from '../journal/read-migration.ts';

/**
 * A project's journal for those who ask for it more than once: read when it is asked for first.
 * @throws CompanionError `JOURNAL_NOT_FOUND`, `JOURNAL_INVALID`, when it is asked for
 */
export function readJournalOnce(folder: string, options: ReadOptions = {}): () => Journal {
	let journal: Journal | undefined;
	return () => {
		journal ??= readJournal(folder, options);
		return journal;
	};
}
