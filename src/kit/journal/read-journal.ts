import { setImmediate as letOthers } from 'node:timers/promises';
import { CompanionError } from '../errors.ts';
import type { Journal } from './journal.ts';
import { listFolder } from './list-files.ts';
import { locateJournalFile, readJournalFile, readJournalText } from './read-journal-file.ts';
import type { ReadOptions } from './read-migration.ts';
import { listMigrationFolders, readMigrationFolders } from './read-migration-folders.ts';

/**
 * Reads what drizzle-kit wrote, in either layout: the journal of 0.x and the SQL files that it names, or the folders of 1.0.
 * A missing SQL, down or snapshot file is no error here: the migration says so.
 * @param folder drizzle-kit's `out`
 * @throws CompanionError `JOURNAL_NOT_FOUND`, or `JOURNAL_INVALID` with every problem in `details.problems`
 */
export function readJournal(folder: string, options: ReadOptions = {}): Journal {
	const steps = readInSteps(folder, options);
	for (;;) {
		const step = steps.next();
		if (step.done) return step.value;
	}
}

/**
 * The same while something else is waited for, a connection above all: others come to their turn every millisecond.
 * @throws as `readJournal`
 */
export async function readJournalMeanwhile(folder: string, options: ReadOptions = {}): Promise<Journal> {
	const steps = readInSteps(folder, options);
	for (;;) {
		const end = performance.now() + sliceMilliseconds;
		do {
			const step = steps.next();
			if (step.done) return step.value;
		} while (performance.now() < end);
		await letOthers();
	}
}

const sliceMilliseconds = 1;

function* readInSteps(folder: string, options: ReadOptions): Generator<void, Journal> {
	const text = readJournalText(folder);
	const listing = listFolder(folder);
	const names = listMigrationFolders(folder, listing.folders);
	if (text === undefined && names.length === 0) throw notFound(locateJournalFile(folder));
	if (text === undefined) return yield* readMigrationFolders(folder, names, { ...listing, ...options });
	const upgraded = names.filter((name) => /^\d{14}/.test(name));
	if (upgraded.length > 0) throw halfUpgraded(folder, upgraded);
	return yield* readJournalFile(folder, text, { ...options, topFiles: listing.files });
}

/** Says whether `generate` has not been run yet: there is neither a journal nor an SQL file nor a migration's folder. */
export function isJournalUnborn(folder: string): boolean {
	return !hasJournal(folder) && !listFolder(folder).files.some((name) => name.endsWith('.sql'));
}

/** Says whether there is something to read, in whichever layout. */
export function hasJournal(folder: string): boolean {
	if (readJournalTextIfAny(folder) !== undefined) return true;
	return listMigrationFolders(folder, listFolder(folder).folders).length > 0;
}

/** A journal that cannot be read is one. */
function readJournalTextIfAny(folder: string): string | undefined {
	try {
		return readJournalText(folder);
	} catch (error) {
		if (error instanceof CompanionError) return '';
		throw error;
	}
}

function notFound(file: string): CompanionError {
	return new CompanionError('JOURNAL_NOT_FOUND', `There is no journal at ${file}.`, {
		hint: 'Create the first migration with `pnpm db:generate -m init`, or check `out` in drizzle.config.ts.',
		details: { file },
	});
}

/** drizzle-orm 1.0 and drizzle-kit 1.0 refuse the same: nobody can say which of the two is the truth. */
function halfUpgraded(folder: string, names: readonly string[]): CompanionError {
	const file = locateJournalFile(folder);
	const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
	const problem = `${file} stands beside folders of drizzle-kit 1.0 (${shown})`;
	return new CompanionError('JOURNAL_INVALID', `${problem}: the project is half-way between two layouts.`, {
		hint: `If \`drizzle-kit up\` was interrupted, restore the whole of ${folder} from version control, delete what is new in it, and run it again. If a merge brought the journal back, restore the state before the merge, run \`drizzle-kit up\` on the other branch first, and merge then; or, when every migration is in a folder already, delete meta/.`,
		details: { file, folders: names, problems: [problem] },
	});
}
