import type pg from 'pg';
import type { Catalog } from './catalog.ts';
import { listDifferences } from './compare-objects.ts';
import { findRelated } from './find-related.ts';
import { type CatalogObjects, completeCatalog, type ReadCatalogOptions } from './read-catalog.ts';

/** A database, and what somebody has read of it a moment ago. */
export interface ReadDatabase {
	readonly pool: pg.Pool;
	readonly objects: CatalogObjects;
}

/**
 * The catalogs of two databases, with as much of what changes are planned from as a change from either to the other needs:
 * reading it of all relations takes longer than everything else.
 */
export async function completeBoth(
	actual: ReadDatabase,
	expected: ReadDatabase,
	options: ReadCatalogOptions,
): Promise<{ readonly actual: Catalog; readonly expected: Catalog }> {
	const differences = await listDifferences(actual.objects, expected.objects);
	const related = await findRelated({ actual: actual.pool, expected: expected.pool }, differences);
	const only = related.length > most ? {} : { only: related };
	const complete = ({ pool, objects }: ReadDatabase) =>
		completeCatalog(pool, objects, { ...options, ...only });
	const [whole, made] = await Promise.all([complete(actual), complete(expected)]);
	return { actual: whole, expected: made };
}

/** With more of them there is little to gain, and each query looks for each of them in a list. */
const most = 200;
