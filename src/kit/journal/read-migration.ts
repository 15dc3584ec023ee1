import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import { computeChecksum } from './checksum.ts';
import type { DownFile, Layout, Migration, UpFile } from './migration.ts';
import { nameDownFile, nameSnapshotFile, nameUpFile } from './name-files.ts';
import { readDownFile } from './read-down-file.ts';

/** What is known of a migration before its files are read. */
export interface MigrationEntry {
	readonly index: number;
	readonly tag: string;
	readonly when: number;
	readonly layout?: Layout;
}

/**
 * A migration with the files that it has.
 * @param files the names of the files that are there, relative to the folder
 * @throws CompanionError `MIGRATION_FILE_NOT_FOUND` for a file that is there and cannot be read
 */
export function readMigration(
	folder: string,
	entry: MigrationEntry,
	files: { has(name: string): boolean },
): Migration {
	const up = files.has(nameUpFile(entry)) ? readUpFile(join(folder, nameUpFile(entry))) : undefined;
	const down = files.has(nameDownFile(entry)) ? readDown(join(folder, nameDownFile(entry)), up) : undefined;
	return {
		...entry,
		hasSnapshot: files.has(nameSnapshotFile(entry)),
		...(up === undefined ? {} : { up }),
		...(down === undefined ? {} : { down }),
	};
}

function readUpFile(file: string): UpFile {
	// drizzle-orm hashes the decoded text, too; it differs from the bytes where they are not UTF-8.
	const sql = readSql(file);
	return { file, sql, checksum: computeChecksum(sql) };
}

function readDown(file: string, up: UpFile | undefined): DownFile {
	return readDownFile({ file, text: readSql(file), upChecksum: up?.checksum ?? '', upSql: up?.sql });
}

function readSql(file: string): string {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		throw new CompanionError(
			'MIGRATION_FILE_NOT_FOUND',
			`${file} cannot be read: ${(error as Error).message}.`,
			{
				hint: 'Restore the file from version control, or see who may read it.',
				details: { file },
				cause: error,
			},
		);
	}
}
