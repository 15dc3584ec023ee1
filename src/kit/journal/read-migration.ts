import { readFileSync } from 'node:fs';
import { sep } from 'node:path';
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

export interface ReadOptions {
	/** `later`: each down file is read when its migration is asked for it. Default `now`. */
	readonly downs?: 'now' | 'later';
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
	{ downs = 'now' }: ReadOptions = {},
): Migration {
	const { index, tag, when, layout } = entry;
	// Properties are set one by one here and in what this calls: thousands of migrations are read at every start.
	const migration: Draft = { index, tag, when, hasSnapshot: files.has(nameSnapshotFile(entry)) };
	if (layout !== undefined) migration.layout = layout;
	const upName = nameUpFile(entry);
	if (files.has(upName)) migration.up = readUpFile(folder + sep + upName);
	const downName = nameDownFile(entry);
	if (!files.has(downName)) return migration;
	const downFile = folder + sep + downName;
	if (downs === 'later') return new UnreadMigration(migration, downFile);
	migration.down = readDown(downFile, migration.up);
	return migration;
}

/** A migration whose down file is read once, by whoever asks for it first. */
class UnreadMigration implements Migration {
	readonly index: number;
	readonly tag: string;
	readonly when: number;
	readonly layout?: Layout;
	readonly up?: UpFile;
	readonly hasSnapshot: boolean;
	private readonly file: string;
	private read: DownFile | undefined;

	constructor({ index, tag, when, layout, up, hasSnapshot }: Migration, file: string) {
		this.index = index;
		this.tag = tag;
		this.when = when;
		if (layout !== undefined) this.layout = layout;
		if (up !== undefined) this.up = up;
		this.hasSnapshot = hasSnapshot;
		this.file = file;
	}

	get down(): DownFile {
		this.read ??= readDown(this.file, this.up);
		return this.read;
	}
}

type Draft = { -readonly [Key in keyof Migration]: Migration[Key] };

function readUpFile(file: string): UpFile {
	// drizzle-orm hashes the decoded text, too; it differs from the bytes where they are not UTF-8.
	const sql = readSql(file);
	return { file, sql, checksum: computeChecksum(sql) };
}

function readDown(file: string, up: UpFile | undefined): DownFile {
	return readDownFile({ file, text: readSql(file), upChecksum: up?.checksum ?? '', upSql: up?.sql });
}

/** Given as a name only, node would make such an object for each file. */
const asText = { encoding: 'utf8', flag: 'r' } as const;

function readSql(file: string): string {
	try {
		return readFileSync(file, asText);
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
