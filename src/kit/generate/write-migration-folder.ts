import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import { nameDownFile, nameSnapshotFile, nameUpFile } from '../journal/name-files.ts';
import { readJournal } from '../journal/read-journal.ts';
import { claimStaging } from './staging.ts';
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
 * Writes a migration in drizzle-kit 1.0's layout. The folder is made inside a folder that neither drizzle-kit nor drizzle-orm looks into, and moved
 * into place as a whole, so that it is there with everything or not at all.
 * @param known the tags that were there when the migration was begun
 * @throws CompanionError `JOURNAL_INVALID` when the folder is there, or when migrations came or went meanwhile
 */
export function writeMigrationFolder(
	folder: string,
	{ tag, upSql, downText, snapshotText }: NewMigrationFolder,
	known: readonly string[],
): MigrationFiles {
	const filed = { tag, layout: 'folders' } as const;
	const files = {
		up: join(folder, nameUpFile(filed)),
		...(downText === undefined ? {} : { down: join(folder, nameDownFile(filed)) }),
		snapshot: join(folder, nameSnapshotFile(filed)),
	};
	mkdirSync(folder, { recursive: true });
	refuseChanges(folder, tag, known);
	const staging = claimStaging(folder);
	try {
		mkdirSync(join(staging, tag));
		writeDurably(join(staging, nameUpFile(filed)), upSql);
		if (downText !== undefined) writeDurably(join(staging, nameDownFile(filed)), downText);
		writeDurably(join(staging, nameSnapshotFile(filed)), snapshotText);
		flushFolder(join(staging, tag));
		renameSync(join(staging, tag), join(folder, tag));
		flushFolder(folder);
	} finally {
		rmSync(staging, { recursive: true, force: true });
	}
	return files;
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
