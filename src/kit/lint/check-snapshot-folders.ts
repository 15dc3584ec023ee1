import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import { type FolderSnapshot, findLeaves } from '../generate/read-folder-snapshots.ts';
import { readSnapshotFile } from '../generate/read-snapshot-file.ts';
import { ORIGIN_ID } from '../generate/snapshot.ts';
import type { Journal } from '../journal/journal.ts';
import { nameSnapshotFile } from '../journal/name-files.ts';
import type { Finding } from './finding.ts';

/**
 * What is wrong with the snapshots of drizzle-kit 1.0, each of which names those that it follows. Branches that nobody merged yet are a
 * warning: the next `generate` merges them, or says which migrations are in each other's way.
 */
export function checkSnapshotFolders(journal: Journal): readonly Finding[] {
	const files: Record<string, FolderSnapshot> = {};
	const findings: Finding[] = [];
	for (const migration of journal.migrations.filter(({ hasSnapshot }) => hasSnapshot)) {
		const file = join(journal.folder, nameSnapshotFile(migration));
		const read = readSnapshot(file, migration.tag);
		if ('severity' in read) findings.push(read);
		else files[migration.tag] = read.snapshot;
	}
	return [...findings, ...checkLinks(journal, files), ...checkLeaves(journal, files)];
}

function readSnapshot(file: string, tag: string): { readonly snapshot: FolderSnapshot } | Finding {
	try {
		const snapshot = readSnapshotFile(file);
		const { id, prevIds, version } = snapshot;
		if (Number(version) < 9)
			return invalid({
				file,
				tag,
				problem: `has version ${version}`,
				how: 'Bring the folder up to date: drizzle-kit up.',
			});
		if (typeof id !== 'string' || !Array.isArray(prevIds))
			return invalid({ file, tag, problem: 'is malformed: it has no id and prevIds' });
		return { snapshot: snapshot as FolderSnapshot };
	} catch (error) {
		if (!(error instanceof CompanionError)) throw error;
		const [problem] = (error.details.problems ?? []) as readonly string[];
		return invalid({ file, tag, problem: problem ?? error.message, how: error.hint });
	}
}

interface Invalid {
	readonly file: string;
	readonly tag: string;
	readonly problem: string;
	readonly how?: string | undefined;
}

function invalid({ file, tag, problem, how }: Invalid): Finding {
	return {
		code: 'SNAPSHOT_INVALID',
		severity: 'error',
		what: `The snapshot of ${tag} ${problem}.`,
		why: 'The schema is put together from every snapshot: with a broken one, drizzle-kit fails.',
		how: how ?? 'Restore the file from version control.',
		...{ tag, file, line: 1 },
	};
}

/** Each follows snapshots that are there, and two are never the same. */
function checkLinks(journal: Journal, files: Readonly<Record<string, FolderSnapshot>>): readonly Finding[] {
	const owners = new Map<string, string>();
	const ids = new Set([ORIGIN_ID, ...Object.values(files).map(({ id }) => id)]);
	return Object.entries(files).flatMap(([tag, { id, prevIds }]) => {
		const twin = owners.get(id);
		owners.set(id, tag);
		const lost = prevIds.find((parent) => !ids.has(parent));
		if (twin !== undefined)
			return [broken(journal, tag, `The snapshots of ${twin} and ${tag} have the same id.`)];
		return lost === undefined
			? []
			: [broken(journal, tag, `The snapshot of ${tag} follows ${lost}, which no folder has.`)];
	});
}

function broken({ folder }: Journal, tag: string, what: string): Finding {
	return {
		code: 'SNAPSHOT_CHAIN_BROKEN',
		severity: 'error',
		what,
		why: 'The schema is put together from every snapshot: drizzle-kit refuses to go on where one is missing.',
		how: 'Restore the missing folder from version control; or delete this migration and those after it, and generate them again.',
		...{ tag, file: join(folder, nameSnapshotFile({ tag, layout: 'folders' })), line: 1 },
	};
}

function checkLeaves(
	{ folder }: Journal,
	files: Readonly<Record<string, FolderSnapshot>>,
): readonly Finding[] {
	const leaves = findLeaves(files);
	const tag = leaves.at(-1);
	if (leaves.length < 2 || tag === undefined) return [];
	return [
		{
			code: 'SNAPSHOT_BRANCHES',
			severity: 'warning',
			what: `The migrations end in ${leaves.length} branches: ${leaves.join(', ')}.`,
			why: 'They were merged in git. Databases may run them in either order, which is right only where they do not touch each other.',
			how: 'See whether they do: drizzle-kit check. Where they do not, the next pnpm db:generate merges them; where they do, delete one and generate it again on top of the other.',
			...{ tag, file: join(folder, nameSnapshotFile({ tag, layout: 'folders' })), line: 1 },
		},
	];
}
