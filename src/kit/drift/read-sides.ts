import { type CatalogObjects, type ReadCatalogOptions, readObjects } from '../catalog/read-catalog.ts';
import { openPool } from '../database/open-pool.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Session } from '../database/session.ts';
import {
	type RememberedCatalog,
	recallObjects,
	takeUp,
	whatIsRemembered,
} from '../reverse/remember-catalog.ts';
import type { ObjectsMemory } from './remember-objects.ts';

type Options = Required<ReadCatalogOptions>;

/** A live database that is being read, through sessions of its own. */
export interface LiveReading {
	readonly pool: ReturnType<typeof openPool>;
	readonly objects: Promise<CatalogObjects>;
	/** Ends the sessions. */
	end(): Promise<void>;
}

/** Begins to read a live database. The caller ends it. */
export function readLive(session: Session, options: Options): LiveReading {
	const pool = openPool(session);
	const objects = readObjects(pool, options);
	// Whoever awaits it is told of a failure; nobody may.
	objects.catch(() => undefined);
	return { pool, objects, end: () => pool.end() };
}

/**
 * Reads what migrations made in a scratch database, and remembers it. What is remembered already is not read, where the database
 * has the stamp that it had then.
 */
export async function readMade(
	scratch: ScratchDatabase,
	{
		memory,
		remembered,
		...options
	}: Options & {
		readonly memory: ObjectsMemory | undefined;
		readonly remembered: RememberedCatalog | undefined;
	},
): Promise<CatalogObjects> {
	if (remembered !== undefined) takeUp(scratch, remembered);
	const objects = await recallObjects(scratch, options);
	const made = whatIsRemembered(scratch);
	if (objects !== remembered?.catalog && made !== undefined) memory?.remember(made);
	return objects;
}
