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
	const state = describeState(server, journal, onProgress);
	if (state === undefined) return await server.create();
	return await server.copyOfCached(state.key, state.replay, state);
}

/** A state that somebody works in and leaves as it was. */
export interface BorrowedState {
	readonly database: ScratchDatabase;
	/** Keeps it for the next who asks. Nobody may use it any more. */
	giveBack(): Promise<void>;
}

/** The same as the cached database itself, which nobody else has meanwhile. What is not given back is dropped with the others. */
export async function borrowState(
	server: ScratchServer,
	journal: Journal,
	onProgress?: OnProgress,
): Promise<BorrowedState> {
	const state = describeState(server, journal, onProgress);
	if (state === undefined) return { database: await server.create(), giveBack: async () => {} };
	const database = await server.borrowCached(state.key, state.replay, state);
	return { database, giveBack: async () => void (await server.cache(state.key, database)) };
}

/** What the cached database of a journal is made of; undefined before the first migration. */
function describeState(server: ScratchServer, journal: Journal, onProgress: OnProgress | undefined) {
	const files = requireUpFiles(journal.migrations);
	const keys = listKeys(server, files);
	const key = keys.at(-1);
	if (key === undefined) return undefined;
	const replay = async (database: ScratchDatabase, base: string | undefined) => {
		const done = base === undefined ? 0 : keys.indexOf(base) + 1;
		await replayMigrations(database, files.slice(done), onProgress);
	};
	return { key, replay, bases: keys.slice(0, -1).toReversed() };
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
