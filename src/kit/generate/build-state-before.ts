import type { ScratchDatabase, ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { computeChecksum } from '../journal/checksum.ts';
import type { Journal } from '../journal/journal.ts';
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
	const key = `replay ${server.serverVersion} ${computeChecksum(files.map(({ checksum }) => checksum).join())}`;
	return await server.copyOfCached(key, (database) => replayMigrations(database, files, onProgress));
}
