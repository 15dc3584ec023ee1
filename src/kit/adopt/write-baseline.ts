import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config/config.ts';
import { writeBaseSnapshot } from '../generate/ddl-state.ts';
import type { Snapshot } from '../generate/snapshot.ts';
import { type MigrationFiles, readRawJournal, writeMigration } from '../generate/write-migration.ts';
import { writeMigrationFolder } from '../generate/write-migration-folder.ts';
import type { NewFile } from './place-schema-files.ts';

/** The first migration of a database that had none, and the TypeScript of its tables. */
export interface MadeBaseline {
	readonly tag: string;
	readonly when: number;
	readonly schemaFiles: readonly NewFile[];
	readonly snapshot: Snapshot;
	readonly upSql: string;
	readonly downText: string;
	readonly notices: readonly string[];
}

/**
 * Writes both; absolute paths of the migration's files. Schema files first: what is left of a run that is killed in between is refused by the next, by name.
 */
export function writeBaseline(config: Config, made: MadeBaseline): readonly string[] {
	const { schemaFiles } = made;
	for (const { file, text } of schemaFiles) {
		mkdirSync(dirname(file), { recursive: true });
		writeFileSync(file, text, { flag: 'wx' });
	}
	try {
		return Object.values(writeFirst(config, made));
	} catch (error) {
		for (const { file } of schemaFiles) rmSync(file, { force: true });
		throw error;
	}
}

function writeFirst(config: Config, { tag, when, snapshot, upSql, downText }: MadeBaseline): MigrationFiles {
	if (snapshot.state !== undefined) {
		const snapshotText = writeBaseSnapshot(snapshot.state);
		return writeMigrationFolder(config.folder, { tag, upSql, downText, snapshotText }, []);
	}
	const migration = { tag, when, breakpoints: config.breakpoints, snapshot, upSql, downText };
	return writeMigration(config.folder, migration, readRawJournal(config.folder).text);
}
