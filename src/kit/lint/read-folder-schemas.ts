import { CompanionError } from '../errors.ts';
import { openDrizzleKit } from '../generate/open-drizzle-kit.ts';
import { readFolderSnapshots, reconstructSchema } from '../generate/read-folder-snapshots.ts';
import type { Journal } from '../journal/journal.ts';
import { describeSchemaBefore, type SchemaBefore } from './schema-before.ts';

/**
 * What is known of the schema before some migrations of drizzle-kit 1.0, by tag: its snapshots hold what each changes, so that
 * drizzle-kit itself has to put them together. Those are left out before which branches end that nobody merged yet.
 */
export async function readFolderSchemas(
	root: string,
	journal: Journal,
	indexes: readonly number[],
): Promise<ReadonlyMap<string, SchemaBefore>> {
	const known = new Map<string, SchemaBefore>();
	const kit = openDrizzleKit(root);
	try {
		for (const index of indexes) {
			const earlier = { ...journal, migrations: journal.migrations.slice(0, index) };
			const snapshot = await reconstructSchema(kit, readFolderSnapshots(earlier));
			known.set(journal.migrations[index]?.tag ?? '', describeSchemaBefore(snapshot));
		}
	} catch (error) {
		// What is wrong with the snapshots is a finding of its own.
		if (!(error instanceof CompanionError)) throw error;
	} finally {
		await kit.close();
	}
	return known;
}
