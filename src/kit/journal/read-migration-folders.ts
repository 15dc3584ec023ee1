import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import { readFolderTime } from './folder-name.ts';
import type { Journal } from './journal.ts';
import type { Listing } from './list-files.ts';
import type { Migration } from './migration.ts';
import { nameDownFile } from './name-files.ts';
import { type ReadOptions, readMigration } from './read-migration.ts';

/** The folders that drizzle-kit 1.0 or drizzle-orm's migrator takes for migrations: with an up file, or at least a snapshot. */
export function listMigrationFolders(folder: string, folders: readonly string[]): readonly string[] {
	return folders.filter(
		(name) => isFile(folder, `${name}/migration.sql`) || isFile(folder, `${name}/snapshot.json`),
	);
}

/**
 * The layout of drizzle-kit 1.0: one folder for each migration, in the order in which drizzle-orm's migrator runs them. A step for each.
 * @param names what `listMigrationFolders` gave
 * @throws CompanionError `JOURNAL_INVALID` with every problem in `details.problems`
 * @see drizzle-orm 1.0 `readMigrationFiles`
 */
export function* readMigrationFolders(
	folder: string,
	names: readonly string[],
	{ files, folders, ...options }: Listing & ReadOptions,
): Generator<void, Journal> {
	const entries = [...names].sort(compareFolders).map((tag) => ({ tag, when: readFolderTime(tag) }));
	refuseTimeless(
		folder,
		entries.filter(({ when }) => when === undefined).map(({ tag }) => tag),
	);
	const there = { has: (name: string) => isFile(folder, name) };
	const migrations: Migration[] = [];
	for (const { tag, when = 0 } of entries) {
		const entry = { index: migrations.length, tag, when, layout: 'folders' } as const;
		migrations.push(readMigration(folder, entry, there, options));
		yield;
	}
	return {
		folder,
		layout: 'folders',
		migrations,
		orphans: findOrphans(folder, migrations, { files, folders }),
	};
}

/** As drizzle-orm compares them; what the language's collation holds equal is put in the order of the letters' numbers. */
function compareFolders(one: string, other: string): number {
	return one.localeCompare(other) || (one < other ? -1 : 1);
}

function refuseTimeless(folder: string, names: readonly string[]): void {
	if (names.length === 0) return;
	const problems = names.map((name) => `${name} does not begin with a time (YYYYMMDDHHMMSS)`);
	throw new CompanionError(
		'JOURNAL_INVALID',
		`${folder} holds folders that no migrator can put in order:\n${problems.map((each) => `  - ${each}`).join('\n')}`,
		{
			hint: "drizzle-orm's migrator fails on them, too: name them as drizzle-kit does, or move them elsewhere.",
			details: { folder, problems },
		},
	);
}

/** SQL beside the folders, and down files in folders that are no migrations. */
function findOrphans(
	folder: string,
	migrations: readonly Migration[],
	{ files, folders }: Listing,
): readonly string[] {
	const tags = new Set(migrations.map(({ tag }) => tag));
	const abandoned = folders
		.filter((tag) => !tags.has(tag))
		.map((tag) => nameDownFile({ tag, layout: 'folders' }))
		.filter((name) => isFile(folder, name));
	return [...files.filter((name) => name.endsWith('.sql')), ...abandoned].sort();
}

function isFile(folder: string, name: string): boolean {
	try {
		return statSync(join(folder, name), { throwIfNoEntry: false })?.isFile() === true;
	} catch {
		return false; // a folder that cannot be entered holds nothing for anyone
	}
}
