import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import { checkEntries, type JournalEntry } from './check-entries.ts';
import type { Journal } from './journal.ts';
import { isAbsent, listFolder, unreadable } from './list-files.ts';
import type { Migration } from './migration.ts';
import { nameDownFile, nameUpFile } from './name-files.ts';
import { type ReadOptions, readMigration } from './read-migration.ts';

/** Where drizzle-kit 0.x keeps its journal. */
export function locateJournalFile(folder: string): string {
	return join(folder, 'meta', '_journal.json');
}

/** The text of `meta/_journal.json`; undefined when there is none. @throws CompanionError `JOURNAL_INVALID` */
export function readJournalText(folder: string): string | undefined {
	const file = locateJournalFile(folder);
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if (isAbsent(error)) return undefined;
		throw unreadable(file, error);
	}
}

/**
 * The layout of drizzle-kit 0.x: the journal's entries and the SQL files that they name. A step for each.
 * @throws CompanionError `JOURNAL_INVALID` with every problem in `details.problems`
 */
export function* readJournalFile(
	folder: string,
	text: string,
	{ topFiles, ...options }: ReadOptions & { readonly topFiles: readonly string[] },
): Generator<void, Journal> {
	const entries = parseEntries(locateJournalFile(folder), text);
	const files = new Set(topFiles);
	for (const name of listFolder(join(folder, 'meta')).files) files.add(`meta/${name}`);
	const migrations: Migration[] = [];
	for (const { tag, when } of entries) {
		migrations.push(readMigration(folder, { index: migrations.length, tag, when }, files, options));
		yield;
	}
	return { folder, migrations, orphans: findOrphans(topFiles, migrations) };
}

function findOrphans(files: readonly string[], migrations: readonly Migration[]): readonly string[] {
	const named = new Set(migrations.flatMap((migration) => [nameUpFile(migration), nameDownFile(migration)]));
	return files.filter((name) => name.endsWith('.sql') && !named.has(name)).sort();
}

function parseEntries(file: string, text: string): readonly JournalEntry[] {
	const { entries, problems } = checkEntries(parseJournal(file, text));
	if (problems.length === 0) return entries;
	throw new CompanionError(
		'JOURNAL_INVALID',
		`${file} is not a journal that can be trusted:\n${problems.map((each) => `  - ${each}`).join('\n')}`,
		{
			hint: 'Restore the file from version control, or mend what is listed.',
			details: { file, problems },
		},
	);
}

function parseJournal(file: string, text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		const conflict = text.split('\n').findIndex((line) => /^(<{7}|={7}|>{7})/.test(line));
		const problem =
			conflict >= 0
				? `holds git conflict markers, the first in line ${conflict + 1}`
				: `is not JSON: ${(error as Error).message}`;
		throw new CompanionError('JOURNAL_INVALID', `${file} ${problem}.`, {
			hint:
				conflict >= 0
					? 'Resolve the merge so that both entries stay, each with its own idx, then run `pnpm db:history`.'
					: 'Restore the file from version control.',
			details: { file, problems: [problem] },
			cause: error,
		});
	}
}
