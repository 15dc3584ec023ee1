import type { ScratchDatabase, ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { computeChecksum } from '../journal/checksum.ts';
import type { Journal } from '../journal/journal.ts';
import type { UpFile } from '../journal/migration.ts';
import type { OnProgress } from '../progress.ts';
import { replayMigrations, requireUpFiles } from './replay-migrations.ts';

/**
 * A scratch database as all migrations of the journal leave it. Cached by their checksums: only what came after the last
 * cached state is replayed, so that the cost does not grow with the number of migrations. The caller drops it.
 * @throws CompanionError `STATEMENT_FAILED` when a migration does not run, `MIGRATION_FILE_NOT_FOUND`
 */
export async function buildStateBefore(
	server: ScratchServer,
	journal: Journal,
	onProgress?: OnProgress,
): Promise<ScratchDatabase> {
	const files = requireUpFiles(journal.migrations);
	if (files.length === 0) return await server.create();
	const keys = listKeys(server, files);
	const replay = async (database: ScratchDatabase, base: string | undefined) => {
		const done = base === undefined ? 0 : keys.indexOf(base) + 1;
		await replayMigrations(database, files.slice(done), onProgress);
	};
	const bases = keys.slice(0, -1).toReversed();
	return await server.copyOfCached(keys.at(-1) as string, replay, { bases });
}

/** What tells the state that a journal's migrations lead to from every other; undefined before the first. */
export function identifyState(server: ScratchServer, { migrations }: Journal): string | undefined {
	return listKeys(server, requireUpFiles(migrations)).at(-1);
}

/** The same with one more migration. */
export function identifyNext(server: ScratchServer, { migrations }: Journal, upSql: string): string {
	const files = [...requireUpFiles(migrations), { checksum: computeChecksum(upSql) }];
	return listKeys(server, files).at(-1) as string;
}

/** The key of the state after each migration: made of that before it and of its checksum. */
function listKeys(
	{ serverVersion }: ScratchServer,
	files: readonly Pick<UpFile, 'checksum'>[],
): readonly string[] {
	let key = `replay ${serverVersion}`;
	return files.map(({ checksum }) => {
		key = computeChecksum(`${key} ${checksum}`);
		return key;
	});
}
