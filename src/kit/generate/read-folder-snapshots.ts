import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { nameSnapshotFile } from '../journal/name-files.ts';
import { type DrizzleKit, toError } from './open-drizzle-kit.ts';
import { readSnapshotFile } from './read-snapshot-file.ts';
import { createEmptySnapshot, ORIGIN_ID, type Snapshot } from './snapshot.ts';

/** Snapshots of drizzle-kit 1.0, as they are in their files, by tag. */
export type SnapshotFiles = Readonly<Record<string, FolderSnapshot>>;

/** What every snapshot of drizzle-kit 1.0 has, whatever else is in it. */
export interface FolderSnapshot {
	readonly id: string;
	/** Several: a merge of branches. */
	readonly prevIds: readonly string[];
	readonly [field: string]: unknown;
}

/**
 * Every snapshot that the folders hold. drizzle-kit passes over folders without one, and so does this.
 * @throws CompanionError `JOURNAL_INVALID` naming the file
 */
export function readFolderSnapshots({ folder, migrations }: Journal): SnapshotFiles {
	const known = migrations.filter(({ hasSnapshot }) => hasSnapshot);
	return Object.fromEntries(
		known.map((migration) => [migration.tag, readFolderSnapshot(join(folder, nameSnapshotFile(migration)))]),
	);
}

function readFolderSnapshot(file: string): FolderSnapshot {
	const snapshot = readSnapshotFile(file);
	const { id, prevIds, dialect, version } = snapshot;
	if (dialect !== 'postgres' && dialect !== 'postgresql')
		throw invalid(file, `has the dialect ${JSON.stringify(dialect)}; the companion works on postgresql`);
	if (Number(version) < 9) throw outdated(file, version);
	if (typeof id !== 'string' || !Array.isArray(prevIds))
		throw invalid(file, 'is malformed: id or prevIds missing');
	return snapshot as FolderSnapshot;
}

/** The snapshots that none follows: one, or one for each branch that was merged in git and not by drizzle-kit yet. */
export function findLeaves(files: SnapshotFiles): readonly string[] {
	const followed = new Set(Object.values(files).flatMap(({ prevIds }) => prevIds));
	return Object.keys(files).filter((tag) => !followed.has(files[tag]?.id ?? ORIGIN_ID));
}

/** The whole schema after these snapshots, which have one leaf. @throws CompanionError `JOURNAL_INVALID` */
export async function reconstructSchema(kit: DrizzleKit, files: SnapshotFiles): Promise<Snapshot> {
	if (Object.keys(files).length === 0) return createEmptySnapshot();
	const answer = await kit.run({ kind: 'reconstruct', files });
	if (answer.kind === 'done') return answer.value as Snapshot;
	const problem = answer.failure.message;
	throw new CompanionError('JOURNAL_INVALID', `The snapshots do not make a history: ${problem}`, {
		hint: 'Restore the folders from version control; see also `drizzle-kit check`.',
		details: { problems: [problem] },
		cause: toError(answer.failure),
	});
}

function outdated(file: string, version: unknown): CompanionError {
	return new CompanionError(
		'JOURNAL_INVALID',
		`${file} has version ${JSON.stringify(version)}; drizzle-kit 1.0 writes 9.`,
		{
			hint: 'Bring the folder to the present version: drizzle-kit up.',
			details: { file, problems: [`has version ${JSON.stringify(version)}`] },
		},
	);
}

function invalid(file: string, problem: string): CompanionError {
	return new CompanionError('JOURNAL_INVALID', `${file} ${problem}.`, {
		hint: 'Restore the file from version control.',
		details: { file, problems: [problem] },
	});
}
