import { CompanionError } from '../errors.ts';
import { type DrizzleKit, toError } from './open-drizzle-kit.ts';
import type { SnapshotFiles } from './read-folder-snapshots.ts';
import { withStagedFolder } from './with-staged-folder.ts';

/**
 * A snapshot that follows every leaf of these, as drizzle-kit 1.0 makes it when branches were merged; nothing is written into the project.
 * @throws CompanionError `JOURNAL_INVALID` when the branches contradict each other
 */
export async function writeMerge(kit: DrizzleKit, files: SnapshotFiles): Promise<SnapshotFiles> {
	return await withStagedFolder(files, async (staged) => {
		const { out, emptySchema } = staged;
		const job = { kind: 'generate-folder', out, patterns: [emptySchema], hints: [], isCustom: true } as const;
		const answer = await kit.run(job);
		if (answer.kind === 'failed') throw explainConflict(toError(answer.failure));
		const made = staged.readNew();
		return made === undefined ? {} : { [made.tag]: made.snapshot };
	});
}

/** drizzle-kit's own text says which migrations are in each other's way. */
export function explainConflict(cause: Error): CompanionError {
	return new CompanionError(
		'JOURNAL_INVALID',
		`drizzle-kit cannot go on from these migrations: ${cause.message}`,
		{
			hint: 'Delete the migrations of one branch that no shared database has run and generate them again on top of the other, or let drizzle-kit do it: drizzle-kit generate --fix-conflicts.',
			details: { problems: [cause.message] },
			cause,
		},
	);
}
