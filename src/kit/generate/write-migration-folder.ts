import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import { computeChecksum } from '../journal/checksum.ts';
import { nameDownFile, nameSnapshotFile, nameUpFile } from '../journal/name-files.ts';
import { readJournal } from '../journal/read-journal.ts';
import { claimStaging, type Intent, undoIntent, writeIntent } from './staging.ts';
import { flushFolder, writeDurably } from './write-durably.ts';
import type { MigrationFiles } from './write-migration.ts';

/** A migration's folder as it is to be written. */
export interface NewMigrationFolder {
	readonly tag: string;
	readonly upSql: string;
	/** Absent: no down file. */
	readonly downText?: string;
	/** drizzle-kit's own, as it wrote it. */
	readonly snapshotText: string;
}

/**
 * Writes a migration in drizzle-kit 1.0's layout, so that its folder is there with everything or not at all.
 * @param known the tags that were there when the migration was begun
 * @throws CompanionError `JOURNAL_INVALID` when the folder is there, or when migrations came or went meanwhile
 */
export function writeMigrationFolder(
	folder: string,
	migration: NewMigrationFolder,
	known: readonly string[],
): MigrationFiles {
	return writeMigrationFolders(folder, [migration], known)[0] as MigrationFiles;
}

/**
 * The same of several migrations, in the order in which they run: all of them are there or none is. Each folder is made inside a folder that
 * neither drizzle-kit nor drizzle-orm looks into, and moved into place as a whole. What a kill leaves in between is undone by the
 * next `clearStaging`.
 * @param known the tags that were there when the first was begun
 * @throws CompanionError `JOURNAL_INVALID` when a folder is there, or when migrations came or went meanwhile
 */
export function writeMigrationFolders(
	folder: string,
	migrations: readonly NewMigrationFolder[],
	known: readonly string[],
): readonly MigrationFiles[] {
	mkdirSync(folder, { recursive: true });
	for (const { tag } of migrations) refuseChanges(folder, tag, known);
	const staging = claimStaging(folder);
	try {
		const written = migrations.flatMap((migration) => stageFolder(staging, migration));
		const folders = migrations.map(({ tag }) => tag);
		writeIntent(staging, { tag: folders.at(-1) ?? '', files: written, folders });
		for (const tag of folders) renameSync(join(staging, tag), join(folder, tag));
		flushFolder(folder);
	} finally {
		undoIntent(folder, staging);
		rmSync(staging, { recursive: true, force: true });
	}
	return migrations.map((migration) => nameFiles(folder, migration));
}

function stageFolder(staging: string, migration: NewMigrationFolder): Intent['files'] {
	mkdirSync(join(staging, migration.tag));
	const files = listFiles(migration);
	for (const [path, content] of files) writeDurably(join(staging, path), content);
	flushFolder(join(staging, migration.tag));
	return files.map(([path, content]) => ({ path, checksum: computeChecksum(content) }));
}

/** Paths relative to the migrations folder. */
function listFiles({
	tag,
	upSql,
	downText,
	snapshotText,
}: NewMigrationFolder): readonly (readonly [path: string, content: string])[] {
	const filed = { tag, layout: 'folders' } as const;
	return [
		[nameUpFile(filed), upSql],
		...(downText === undefined ? [] : [[nameDownFile(filed), downText] as const]),
		[nameSnapshotFile(filed), snapshotText],
	];
}

function nameFiles(folder: string, { tag, downText }: NewMigrationFolder): MigrationFiles {
	const filed = { tag, layout: 'folders' } as const;
	return {
		up: join(folder, nameUpFile(filed)),
		...(downText === undefined ? {} : { down: join(folder, nameDownFile(filed)) }),
		snapshot: join(folder, nameSnapshotFile(filed)),
	};
}

function refuseChanges(folder: string, tag: string, known: readonly string[]): void {
	const isThere = existsSync(join(folder, tag));
	const now = listTags(folder);
	if (!isThere && now.join() === known.join()) return;
	throw new CompanionError(
		'JOURNAL_INVALID',
		isThere
			? `${join(folder, tag)} is there already.`
			: `${folder} was changed while the migration was being made.`,
		{
			hint: 'Another command or a git operation wrote it. Nothing was written: run the command again.',
			details: { folder, tag },
		},
	);
}

function listTags(folder: string): readonly string[] {
	try {
		return readJournal(folder).migrations.map(({ tag }) => tag);
	} catch (error) {
		if (error instanceof CompanionError && error.code === 'JOURNAL_NOT_FOUND') return [];
		throw error;
	}
}
