import type { Catalog } from '../catalog/catalog.ts';
import { type CatalogObjects, readCatalog, readObjects } from '../catalog/read-catalog.ts';
import type { Config } from '../config/config.ts';
import { openPool } from '../database/open-pool.ts';
import { openScratchServer, type ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Session } from '../database/session.ts';
import { buildStateBefore } from '../generate/build-state-before.ts';
import type { Journal } from '../journal/journal.ts';
import { keptSchema } from '../keep/kept-schema.ts';
import type { OnProgress } from '../progress.ts';
import { chooseLocation } from './choose-location.ts';
import { type NarrowedCatalogs, narrowCatalogs } from './narrow-catalogs.ts';

export interface ComparisonOptions {
	readonly config: Config;
	readonly onProgress?: OnProgress | undefined;
	/** Ends the work in the scratch database. */
	readonly signal?: AbortSignal | undefined;
}

/** A live database and what the migrations make, the scratch database with it still at hand. */
export interface Comparison {
	/** Both as our own reading has them, which is enough to tell whether they differ, and quick. */
	readonly objects: NarrowedCatalogs<CatalogObjects>;
	/** Reads both again, with what planning needs. */
	readonly readWhole: () => Promise<NarrowedCatalogs<Catalog>>;
	/** As the migrations leave it. Dropped after the work. */
	readonly scratch: ScratchDatabase;
	/** Reads another database as these two were read. */
	readonly read: (database: ScratchDatabase) => Promise<Catalog>;
}

/**
 * Builds what a journal's migrations make in a scratch database, reads it and the live one, and does some work with the two.
 * The scratch database stands on the live database's own server where the role may create databases, so that extensions and
 * version are the same.
 */
export async function withComparison<Result>(
	session: Session,
	journal: Journal,
	{
		config,
		onProgress,
		signal,
		work,
	}: ComparisonOptions & { readonly work: (comparison: Comparison) => Promise<Result> },
): Promise<Result> {
	const server = await openScratchServer(await chooseLocation(session, config), { onProgress, signal });
	const live = openPool(session);
	const ignoreSchemas = listIgnored(config);
	try {
		const scratch = await buildStateBefore(server, journal, onProgress);
		onProgress?.({ message: 'comparing the two catalogs' });
		const [here, there] = await Promise.all([
			readObjects(live, { ignoreSchemas }),
			readObjects(scratch.pool(), { ignoreSchemas }),
		]);
		const read = (database: ScratchDatabase) => readCatalog(database.pool(), { ignoreSchemas });
		const readWhole = async () => {
			const [actual, expected] = await Promise.all([readCatalog(live, { ignoreSchemas }), read(scratch)]);
			return narrowCatalogs(actual, expected, config);
		};
		return await work({ objects: narrowCatalogs(here, there, config), readWhole, scratch, read });
	} finally {
		await live.end();
		await server.close();
	}
}

/** Schemas that hold nothing but the kit's own count as not there: the ledger's, and what lossy steps set aside. */
function listIgnored({ ledger, schemaFilter }: Config): readonly string[] {
	const isShared = ledger.schema === 'public' || schemaFilter.includes(ledger.schema);
	return isShared ? [keptSchema] : [ledger.schema, keptSchema];
}
