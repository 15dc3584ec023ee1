import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { Migration } from '../journal/migration.ts';
import { nameSnapshotFile } from '../journal/name-files.ts';
import { isSnapshotTable } from './is-snapshot-table.ts';
import type { DrizzleKit } from './open-drizzle-kit.ts';
import { toError } from './open-drizzle-kit.ts';
import { findLeaves, readFolderSnapshots, reconstructSchema } from './read-folder-snapshots.ts';
import { readSnapshotFile } from './read-snapshot-file.ts';
import { createEmptySnapshot, type Snapshot } from './snapshot.ts';
import { writeMerge } from './write-merge.ts';

/**
 * The schema as the journal's last entry leaves it; of an empty database when there is none. drizzle-kit itself takes the
 * last snapshot by file name, whatever the journal says. Snapshots of version 5 and 6 are brought to 7 in memory.
 * @throws CompanionError `JOURNAL_INVALID` naming the file; in 1.0's layout also when branches contradict each other
 */
export async function readPreviousSnapshot(journal: Journal, kit: DrizzleKit): Promise<Snapshot> {
	refuseOtherLayout(journal, kit);
	const last = journal.migrations.at(-1);
	if (last === undefined) return createEmptySnapshot();
	if (journal.layout === 'folders') return await readCombinedSchema(journal, kit);
	const file = locateSnapshot(journal.folder, last);
	if (!last.hasSnapshot) throw snapshotMissing(file, last);
	const snapshot = await upgradeSnapshot(file, readSnapshot(file), kit);
	checkParent(file, snapshot, journal);
	return snapshot;
}

/** drizzle-kit refuses the other layout, too. */
function refuseOtherLayout({ folder, migrations, layout = 'journal' }: Journal, kit: DrizzleKit): void {
	if (migrations.length === 0 || layout === kit.layout) return;
	const isOld = layout === 'journal';
	throw new CompanionError(
		'CONFIG_INVALID',
		isOld
			? `The project has drizzle-kit 1.0, and ${folder} has the layout of 0.x.`
			: `${folder} has the layout of drizzle-kit 1.0, and the project has 0.x.`,
		{
			hint: isOld
				? 'Move the migrations into folders: drizzle-kit up. Then let their down files follow: pnpm db:repair.'
				: 'Install drizzle-kit and drizzle-orm 1.0.',
			details: { folder, layout, installed: kit.layout },
		},
	);
}

/** In 1.0's layout the schema is put together from all snapshots, and branches that do not touch each other are one schema. */
async function readCombinedSchema(journal: Journal, kit: DrizzleKit): Promise<Snapshot> {
	const files = readFolderSnapshots(journal);
	const isMerged = findLeaves(files).length < 2;
	return await reconstructSchema(kit, isMerged ? files : { ...files, ...(await writeMerge(kit, files)) });
}

/** Where drizzle-kit keeps the snapshot of a migration. */
export function locateSnapshot(folder: string, migration: Pick<Migration, 'tag' | 'layout'>): string {
	return join(folder, nameSnapshotFile(migration));
}

function readSnapshot(file: string): Snapshot {
	return readSnapshotFile(file) as unknown as Snapshot;
}

async function upgradeSnapshot(file: string, snapshot: Snapshot, kit: DrizzleKit): Promise<Snapshot> {
	const { version, dialect } = snapshot;
	if (dialect !== 'postgresql' && dialect !== ('pg' as string))
		throw invalid(
			file,
			`has the dialect ${JSON.stringify(dialect)}; the companion works on postgresql`,
			RESTORE,
		);
	if (version === '7') return checkShape(file, snapshot);
	if (version !== '5' && version !== '6')
		throw invalid(
			file,
			`has version ${JSON.stringify(version)}; drizzle-kit 0.31 writes 7`,
			'A newer drizzle-kit wrote it: go back to the one that this project uses, or restore the file.',
		);
	const answer = await kit.run({ kind: 'upgrade', snapshot });
	if (answer.kind === 'failed')
		throw invalid(
			file,
			`has version ${version} and cannot be brought to 7: ${answer.failure.message}`,
			RESTORE,
			{
				cause: toError(answer.failure),
			},
		);
	return checkShape(file, answer.value as Snapshot);
}

/** drizzle-kit checks every field later on; this is what has to hold before renames are looked for. */
function checkShape(file: string, snapshot: Snapshot): Snapshot {
	const { views = {}, policies = {}, roles = {}, sequences = {}, ...rest } = snapshot;
	const complete: Snapshot = { ...rest, sequences, roles, policies, views };
	const parts = ['tables', 'enums', 'schemas', 'sequences', 'roles', 'policies', 'views'] as const;
	const missing = parts.filter((part) => typeof complete[part] !== 'object' || complete[part] === null);
	if (missing.length > 0 || typeof snapshot.id !== 'string')
		throw invalid(
			file,
			`is malformed: ${[...missing, ...(typeof snapshot.id === 'string' ? [] : ['id'])].join(', ')} missing`,
			RESTORE,
		);
	const broken = Object.entries(complete.tables).find(([, table]) => !isSnapshotTable(table));
	if (broken !== undefined) throw invalid(file, `is malformed at tables ${broken[0]}`, RESTORE);
	return complete;
}

/** After a bad merge the last snapshot lacks what the entry before it did, and `generate` would do that again. */
function checkParent(file: string, snapshot: Snapshot, journal: Journal): void {
	const before = journal.migrations.at(-2);
	if (before === undefined || !before.hasSnapshot) return;
	const parentFile = locateSnapshot(journal.folder, before);
	const parent = readSnapshot(parentFile);
	if (parentFile === file || parent.id === snapshot.prevId) return;
	throw invalid(
		file,
		`says that it follows snapshot ${snapshot.prevId}, but ${before.tag} before it has ${parent.id}`,
		'Two branches were merged: delete the last migration (SQL, snapshot, journal entry) and run `pnpm db:generate` again; or, when the snapshot does hold both changes, set its prevId to that id.',
		{ details: { prevId: snapshot.prevId, expected: parent.id } },
	);
}

function snapshotMissing(file: string, { tag }: Migration): CompanionError {
	return invalid(
		file,
		`is missing: without it nobody knows what the schema is after ${tag}`,
		'Restore it from version control.',
	);
}

const RESTORE = 'Restore the file from version control.';

function invalid(
	file: string,
	problem: string,
	hint: string,
	{ cause, details }: { cause?: unknown; details?: Record<string, unknown> } = {},
): CompanionError {
	return new CompanionError('JOURNAL_INVALID', `${file} ${problem}.`, {
		hint,
		details: { file, problems: [problem], ...details },
		cause,
	});
}
