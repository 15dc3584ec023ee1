import type { Catalog } from '../catalog/catalog.ts';
import {
	type CatalogObjects,
	completeCatalog,
	type ReadCatalogOptions,
	readObjects,
} from '../catalog/read-catalog.ts';
import { openPool } from '../database/open-pool.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Session } from '../database/session.ts';
import {
	type RememberedCatalog,
	recallCatalog,
	recallObjects,
	takeUp,
	whatIsRemembered,
} from '../reverse/remember-catalog.ts';
import type { ObjectsMemory } from './remember-objects.ts';

type Options = Required<ReadCatalogOptions>;

/** A database that is compared, of which nothing is read twice. */
export interface Side {
	readonly objects: Promise<CatalogObjects>;
	/** The same with what planning needs. Whoever will need it may ask before. */
	complete(): Promise<Catalog>;
}

/** Begins to read a live database, through sessions of its own. The caller ends them. */
export function readLive(session: Session, options: Options): Side & { end(): Promise<void> } {
	const pool = openPool(session);
	const objects = heard(readObjects(pool, options));
	let completing: Promise<Catalog> | undefined;
	const complete = () => {
		completing ??= heard(objects.then((own) => completeCatalog(pool, own, options)));
		return completing;
	};
	return { objects, complete, end: () => pool.end() };
}

/** Whoever awaits it is told of a failure; nobody may. */
function heard<Value>(promise: Promise<Value>): Promise<Value> {
	promise.catch(() => undefined);
	return promise;
}

/**
 * Reads what migrations made in a scratch database, and remembers it. What is remembered already is not read, where the database
 * has the stamp that it had then.
 */
export function readMade(
	scratch: ScratchDatabase,
	{
		memory,
		remembered,
		...options
	}: Options & {
		readonly memory: ObjectsMemory | undefined;
		readonly remembered: RememberedCatalog | undefined;
	},
): Side {
	const read = async () => {
		if (remembered !== undefined) takeUp(scratch, remembered);
		const objects = await recallObjects(scratch, options);
		const made = whatIsRemembered(scratch);
		if (objects !== remembered?.catalog && made !== undefined) memory?.remember(made);
		return objects;
	};
	const objects = heard(read());
	const complete = async () => {
		const there = await objects;
		const isAsItWas = there === remembered?.catalog;
		const facts = isAsItWas ? memory?.recallFacts() : undefined;
		if (facts !== undefined) return { ...there, ...facts };
		const whole = await recallCatalog(scratch, options);
		// Not of a scratch database that became another in the meantime.
		if (isAsItWas || remembered === undefined) memory?.rememberFacts(whole);
		return whole;
	};
	return { objects, complete };
}
