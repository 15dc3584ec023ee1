import type { Catalog } from '../catalog/catalog.ts';
import { compareObjects } from '../catalog/compare-objects.ts';
import { completeBoth } from '../catalog/complete-both.ts';
import { type CatalogObjects, loadPlanner } from '../catalog/read-catalog.ts';
import type { Config } from '../config/config.ts';
import { openScratchServer, type ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Session } from '../database/session.ts';
import { borrowState } from '../generate/build-state-before.ts';
import type { Journal } from '../journal/journal.ts';
import { keptSchema } from '../keep/kept-schema.ts';
import type { OnProgress } from '../progress.ts';
import type { RememberedCatalog } from '../reverse/remember-catalog.ts';
import { chooseLocation } from './choose-location.ts';
import { type NarrowedCatalogs, narrowCatalogs } from './narrow-catalogs.ts';
import { type LiveReading, readLive, readMade } from './read-sides.ts';
import { type ObjectsMemory, openObjectsMemory } from './remember-objects.ts';

export interface ComparisonOptions {
	readonly config: Config;
	readonly onProgress?: OnProgress | undefined;
	/** Ends the work in the scratch database. */
	readonly signal?: AbortSignal | undefined;
}

/** A live database that differs from what the migrations make, the scratch database with it still at hand. */
export interface Comparison {
	/** Both with what planning needs. */
	readonly readWhole: () => Promise<NarrowedCatalogs<Catalog>>;
	/** As the migrations leave it, and as the work has to leave it. */
	readonly scratch: ScratchDatabase;
	/** Schemas that were not read in either. */
	readonly ignoreSchemas: readonly string[];
}

/** What to make of the two. */
export interface ComparisonWork<Result> {
	/** @param objects both as our own reading has them, which is enough to tell that they do not differ, and quick */
	readonly whenEqual: (objects: NarrowedCatalogs<CatalogObjects>) => Result;
	readonly whenDifferent: (
		comparison: Comparison,
		objects: NarrowedCatalogs<CatalogObjects>,
	) => Promise<Result>;
}

/**
 * Compares a live database, which is read while the journal is, with what the journal's migrations make. Unless that is remembered and the
 * database is no different, they are run in a scratch database. It stands on the live database's own server where the role may create
 * databases, so that extensions and version are the same.
 */
export async function withComparison<Result>(
	session: Session,
	applied: Journal | Promise<Journal>,
	options: ComparisonOptions & ComparisonWork<Result>,
): Promise<Result> {
	const { config, whenEqual } = options;
	const ignoreSchemas = listIgnored(config);
	const live = readLive(session, { ignoreSchemas });
	try {
		const journal = await applied;
		const memory = await openObjectsMemory(session, journal, { config, ignoreSchemas });
		const made = memory?.recall();
		const anew = { ...options, live, memory, ignoreSchemas };
		if (made === undefined) return await compareAnew(session, journal, anew);
		const remembered = { ...made, narrowed: narrowCatalogs(await live.objects, made.catalog, config) };
		if (await areEqual(remembered.narrowed)) return whenEqual(remembered.narrowed);
		// That it differs is as good as known, so that nothing has to wait for the scratch database.
		loadPlanner();
		return await compareAnew(session, journal, { ...anew, remembered });
	} finally {
		await live.end();
	}
}

async function areEqual({ live, expected }: NarrowedCatalogs<CatalogObjects>): Promise<boolean> {
	return (await compareObjects(live, expected)).length === 0;
}

interface AnewOptions {
	readonly live: LiveReading;
	/** What the migrations made the last time, and how the live database compares with that. */
	readonly remembered?: RememberedCatalog & { readonly narrowed: NarrowedCatalogs<CatalogObjects> };
	readonly memory: ObjectsMemory | undefined;
	readonly ignoreSchemas: readonly string[];
}

async function compareAnew<Result>(
	session: Session,
	journal: Journal,
	options: ComparisonOptions & ComparisonWork<Result> & AnewOptions,
): Promise<Result> {
	const { config, onProgress, signal, live, remembered, memory, ignoreSchemas } = options;
	const server = await openScratchServer(await chooseLocation(session, config), { onProgress, signal });
	try {
		const { database: scratch, giveBack } = await borrowState(server, journal, onProgress);
		onProgress?.({ message: 'comparing the two catalogs' });
		const there = await readMade(scratch, { memory, remembered, ignoreSchemas });
		const objects =
			there === remembered?.catalog ? remembered.narrowed : narrowCatalogs(await live.objects, there, config);
		const readWhole = async () => {
			const actual = { pool: live.pool, objects: objects.live };
			const made = { pool: scratch.pool(), objects: objects.expected };
			const whole = await completeBoth(actual, made, { ignoreSchemas });
			return { ...objects, live: whole.actual, expected: whole.expected };
		};
		const result = (await areEqual(objects))
			? options.whenEqual(objects)
			: await options.whenDifferent({ readWhole, scratch, ignoreSchemas }, objects);
		server.refuseIfDisturbed();
		await giveBack();
		return result;
	} finally {
		await server.close();
	}
}

/** Schemas that hold nothing but the kit's own count as not there: the ledger's, and what lossy steps set aside. */
function listIgnored({ ledger, schemaFilter }: Config): readonly string[] {
	const isShared = ledger.schema === 'public' || schemaFilter.includes(ledger.schema);
	return isShared ? [keptSchema] : [ledger.schema, keptSchema];
}
