import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { CompanionError } from '../errors.ts';
import { computeChecksum } from '../journal/checksum.ts';
import { locateSnapshot } from './read-previous-snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { claimStaging, type Intent, undoIntent, writeIntent } from './staging.ts';
import { flushFolder, writeDurably } from './write-durably.ts';

/** A migration as it is to be written. */
export interface NewMigration {
	readonly tag: string;
	readonly when: number;
	readonly breakpoints: boolean;
	readonly snapshot: Snapshot;
	readonly upSql: string;
	/** Absent: no down file. */
	readonly downText?: string;
}

/** Absolute paths. */
export interface MigrationFiles {
	readonly up: string;
	readonly down?: string;
	readonly snapshot: string;
	/** Absent in drizzle-kit 1.0's layout, which has none. */
	readonly journal?: string;
}

/** The files of 0.x's layout. */
export interface JournalFiles extends MigrationFiles {
	readonly journal: string;
}

/** drizzle-kit's `_journal.json`, with whatever else is in it. */
export interface RawJournal {
	readonly entries: readonly { readonly idx: number; readonly when: number; readonly tag: string }[];
	readonly [other: string]: unknown;
}

/**
 * Joins statements into the text that drizzle-kit writes into the up file.
 * @see drizzle-kit `writeResult`
 */
export function joinStatements(
	statements: readonly string[],
	{ breakpoints }: { readonly breakpoints: boolean },
): string {
	return statements.join(breakpoints ? '--> statement-breakpoint\n' : '\n');
}

/** The whole text of an up file for hand-written SQL, as drizzle-kit makes it. */
export const CUSTOM_SQL = '-- Custom SQL migration file, put your code below! --';

/** `_journal.json` as it is; an empty one when there is none. `text` is absent then. */
export function readRawJournal(folder: string): {
	readonly journal: RawJournal;
	readonly text: string | undefined;
} {
	const file = locateJournal(folder);
	if (!existsSync(file))
		return { journal: { version: '7', dialect: 'postgresql', entries: [] }, text: undefined };
	const text = readFileSync(file, 'utf8');
	return { journal: JSON.parse(text) as RawJournal, text };
}

/**
 * Writes up file, down file, snapshot and journal entry, so that they are all there or none is.
 * @throws CompanionError `JOURNAL_INVALID` when a file of that name is there, or when the journal was changed meanwhile
 */
export function writeMigration(
	folder: string,
	migration: NewMigration,
	journalText: string | undefined,
): JournalFiles {
	return writeMigrations(folder, [migration], journalText)[0] as JournalFiles;
}

/**
 * The same of several migrations, in the order in which they run: all of them are there or none is. The files are made in a folder
 * beside, brought to the disk, and moved into place, the journal last. What a kill leaves in between is undone by the next `clearStaging`.
 * @throws CompanionError `JOURNAL_INVALID` when a file of that name is there, or when the journal was changed meanwhile
 */
export function writeMigrations(
	folder: string,
	migrations: readonly NewMigration[],
	journalText: string | undefined,
): readonly JournalFiles[] {
	const named = migrations.map((migration) => ({ migration, files: nameFiles(folder, migration) }));
	for (const { files } of named) refuseExisting(files);
	const { journal, text } = readRawJournal(folder);
	if (text !== journalText) throw journalChanged(locateJournal(folder));
	mkdirSync(join(folder, 'meta'), { recursive: true });
	const staging = claimStaging(folder);
	try {
		const contents = listContents(folder, named, journal);
		for (const [file, content] of contents) writeDurably(join(staging, basename(file)), content);
		writeIntent(staging, describeIntent(folder, migrations.at(-1)?.tag ?? '', contents));
		for (const [file] of contents) renameSync(join(staging, basename(file)), file);
		flushFolder(join(folder, 'meta'));
		flushFolder(folder);
	} finally {
		undoIntent(folder, staging);
		rmSync(staging, { recursive: true, force: true });
	}
	return named.map(({ files }) => files);
}

function locateJournal(folder: string): string {
	return join(folder, 'meta', '_journal.json');
}

function nameFiles(folder: string, { tag, downText }: NewMigration): JournalFiles {
	return {
		up: join(folder, `${tag}.sql`),
		...(downText === undefined ? {} : { down: join(folder, `${tag}.down.sql`) }),
		snapshot: locateSnapshot(folder, { tag }),
		journal: locateJournal(folder),
	};
}

function refuseExisting({ journal: _journal, ...files }: JournalFiles): void {
	const taken = Object.values(files).filter((file) => existsSync(file));
	if (taken.length === 0) return;
	throw new CompanionError(
		'JOURNAL_INVALID',
		`${taken.join(' and ')} is there already, and the journal does not know it.`,
		{
			hint: 'Delete it, or bring its entry back into meta/_journal.json: a merge may have dropped it.',
			details: { files: taken },
		},
	);
}

function journalChanged(file: string): CompanionError {
	return new CompanionError('JOURNAL_INVALID', `${file} was changed while the migration was being made.`, {
		hint: 'Another command or a git operation wrote it. Nothing was written: run the command again.',
		details: { file },
	});
}

interface NamedMigration {
	readonly migration: NewMigration;
	readonly files: JournalFiles;
}

/** In the order in which they are moved into place. */
function listContents(
	folder: string,
	named: readonly NamedMigration[],
	journal: RawJournal,
): readonly (readonly [string, string])[] {
	const first = nextIndex(journal);
	const added = named.map(({ migration: { tag, when, breakpoints, snapshot } }, place) => {
		return { idx: first + place, version: snapshot.version, when, tag, breakpoints };
	});
	const entries = [...journal.entries, ...added];
	return [
		...named.flatMap(listFiles),
		[locateJournal(folder), JSON.stringify({ ...journal, entries }, null, 2)],
	];
}

function listFiles({ migration, files }: NamedMigration): readonly (readonly [string, string])[] {
	return [
		[files.up, migration.upSql],
		...(files.down === undefined ? [] : [[files.down, migration.downText ?? ''] as const]),
		[files.snapshot, writeSnapshot(migration.snapshot)],
	];
}

/** `idx` of the next entry, as drizzle-kit counts: one more than the last entry's. */
export function nextIndex(journal: RawJournal): number {
	return (journal.entries.at(-1)?.idx ?? -1) + 1;
}

/** Key order and layout as drizzle-kit's. */
function writeSnapshot({ id, prevId, ...rest }: Snapshot): string {
	const _meta = { columns: {}, schemas: {}, tables: {} };
	return JSON.stringify({ id, prevId, ...rest, _meta }, null, 2);
}

function describeIntent(
	folder: string,
	tag: string,
	contents: readonly (readonly [string, string])[],
): Intent {
	const files = contents.slice(0, -1).map(([file, content]) => ({
		path: relative(folder, file),
		checksum: computeChecksum(content),
	}));
	return { tag, files };
}
