import { randomUUID } from 'node:crypto';
import type { FolderSnapshot } from './read-folder-snapshots.ts';
import type { Snapshot } from './snapshot.ts';
import type { NewFolder } from './with-staged-folder.ts';

/**
 * Snapshots for migrations that do one change in several steps, each following the one before. As after an empty migration for
 * hand-written SQL, drizzle-kit sees the schema before until the last step, which has the schema after.
 * @param ends `before`: that of an empty migration; `after`: that of the change
 */
export function chainSnapshots(
	{ before, after }: { readonly before: Snapshot; readonly after: Snapshot },
	steps: number,
): readonly Snapshot[] {
	let previous = after.prevId;
	return Array.from({ length: steps }, (_, step) => {
		const { id: _id, prevId: _prevId, ...rest } = step === steps - 1 ? after : before;
		const id = step === steps - 1 ? after.id : randomUUID();
		const snapshot: Snapshot = { id, prevId: previous, ...rest };
		previous = id;
		return snapshot;
	});
}

/** The same of drizzle-kit 1.0, as the texts of the files. */
export function chainFolderSnapshots(
	{ before, after }: { readonly before: NewFolder; readonly after: NewFolder },
	steps: number,
): readonly string[] {
	let previous = after.snapshot.prevIds;
	return Array.from({ length: steps }, (_, step) => {
		const isLast = step === steps - 1;
		const snapshot: FolderSnapshot = {
			...(isLast ? after : before).snapshot,
			id: isLast ? after.snapshot.id : randomUUID(),
			prevIds: previous,
		};
		previous = [snapshot.id];
		return JSON.stringify(snapshot, null, 2);
	});
}
