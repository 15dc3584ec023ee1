import type { Catalog } from '../catalog/catalog.ts';
import { loadPlanner } from '../catalog/read-catalog.ts';
import type { Config } from '../config/config.ts';
import type { ScratchDatabase, ScratchServer } from '../database/scratch/open-scratch-server.ts';
import type { Journal } from '../journal/journal.ts';
import { recallCatalog } from '../reverse/remember-catalog.ts';
import { rememberMoved } from '../reverse/reverse-migration.ts';
import { openCatalogStore } from '../reverse/store-catalog.ts';
import { identifyNext, identifyState } from './build-state-before.ts';
import { replaySql } from './replay-migrations.ts';

/** The states that earlier commands have left, with what is in them. */
export interface KnownStates {
	/**
	 * The state after all migrations of the journal, where it need not be made; its catalog is remembered. For the time in which
	 * somebody else is waited for.
	 */
	take(server: ScratchServer, journal: Journal): Promise<ScratchDatabase | undefined>;
	/** Gives a database that is still in that state back, for the next that takes it. Nobody may use it any more. */
	giveBack(server: ScratchServer, journal: Journal, database: ScratchDatabase): Promise<void>;
	/** Keeps a database as the state after one more migration, so that whoever begins there need neither build nor read it. */
	keepNext(server: ScratchServer, journal: Journal, next: NextState): Promise<void>;
}

export interface NextState {
	/** In the state before, or in the next. Nobody may use it any more. */
	readonly database: ScratchDatabase;
	readonly isThere: boolean;
	readonly upSql: string;
	/** What the same migration was seen to lead to. */
	readonly catalog: Catalog;
}

/** Opens what a project knows. */
export function openKnownStates(
	config: Pick<Config, 'root' | 'shadowUrl'>,
	ignoreSchemas: readonly string[],
): KnownStates {
	const store = openCatalogStore(config, ignoreSchemas);
	const giveBack: KnownStates['giveBack'] = async (server, journal, database) => {
		const state = identifyState(server, journal);
		if (state !== undefined && !(await isSwollen(database))) await server.cache(nameSpare(state), database);
	};
	return {
		take: async (server, journal) => {
			const state = identifyState(server, journal);
			const taking = takeOrCopy(server, state);
			// The server is busy with it for a while.
			loadPlanner();
			const database = await taking;
			if (database === undefined || (await store.restore(state, database))) return database;
			await recallCatalog(database, { ignoreSchemas });
			store.keep(state, database);
			return database;
		},
		giveBack,
		keepNext: async (server, journal, { database, isThere, upSql, catalog }) => {
			const state = identifyNext(server, journal, upSql);
			if (!isThere) {
				if (await server.isCached(state)) return await giveBack(server, journal, database);
				await replaySql(database, upSql);
			}
			await rememberMoved(database, catalog, ignoreSchemas);
			store.keep(state, database);
			await server.cache(state, database);
		},
	};
}

/** A spare costs nothing; a copy as many files as PostgreSQL's own tables have. */
async function takeOrCopy(
	server: ScratchServer,
	state: string | undefined,
): Promise<ScratchDatabase | undefined> {
	if (state === undefined) return await server.create();
	return (await server.takeCached(nameSpare(state))) ?? (await server.copyIfCached(state));
}

function nameSpare(state: string): string {
	return `${state} spare`;
}

/** What was undone still takes room in PostgreSQL's own tables, and time. */
async function isSwollen(database: ScratchDatabase): Promise<boolean> {
	const { rows } = await database.query('SELECT sum(n_dead_tup) AS dead FROM pg_stat_sys_tables');
	return Number(rows[0].dead) > mostDeadRows;
}

const mostDeadRows = 50_000;
