import type { Catalog } from '../catalog/catalog.ts';
import { keepPlans } from '../catalog/keep-plans.ts';
import { type CatalogObjects, completeCatalog, readObjects } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';

/** What a scratch database contained when its own tables had this stamp. */
export interface RememberedCatalog {
	readonly catalog: CatalogObjects & Partial<Catalog>;
	readonly stamp: string;
}

export interface RecallOptions {
	readonly ignoreSchemas: readonly string[];
}

const remembered = new WeakMap<ScratchDatabase, RememberedCatalog>();

/** The catalog of a scratch database, which is not read again while nothing has changed it. */
export async function recallCatalog(database: ScratchDatabase, options: RecallOptions): Promise<Catalog> {
	const known = await recall(database);
	if (known !== undefined && isWhole(known)) return known;
	const pool = keepPlans(database.pool());
	const catalog = await completeCatalog(pool, known ?? (await readObjects(pool, options)), options);
	await rememberCatalog(database, catalog);
	return catalog;
}

/** The same without what changes are planned from, which takes longest to read. */
export async function recallObjects(
	database: ScratchDatabase,
	options: RecallOptions,
): Promise<CatalogObjects> {
	const known = await recall(database);
	if (known !== undefined) return known;
	const objects = await readObjects(keepPlans(database.pool()), options);
	await rememberCatalog(database, objects);
	return objects;
}

/**
 * Keeps the catalog that a scratch database has now. It has to be read in that very database: the same migration run once
 * more gives new objects other identities.
 */
export async function rememberCatalog(
	database: ScratchDatabase,
	catalog: CatalogObjects & Partial<Catalog>,
): Promise<void> {
	remembered.set(database, { catalog, stamp: await readStamp(database) });
}

/** What is remembered of a database, whether or not it still holds. */
export function whatIsRemembered(database: ScratchDatabase): RememberedCatalog | undefined {
	return remembered.get(database);
}

/** Takes up what was remembered of a database that this one is a copy of. It counts as long as nothing has changed either of them. */
export function takeUp(database: ScratchDatabase, known: RememberedCatalog): void {
	remembered.set(database, known);
}

async function recall(database: ScratchDatabase): Promise<RememberedCatalog['catalog'] | undefined> {
	const known = remembered.get(database);
	return known !== undefined && known.stamp === (await readStamp(database)) ? known.catalog : undefined;
}

/** Whether changes can be planned from it. */
export function isWhole(catalog: RememberedCatalog['catalog']): catalog is Catalog {
	return catalog.facts !== undefined;
}

/** PostgreSQL's own tables in which every change of a definition leaves a newer row, or one row less. */
const TABLES = [
	...[
		'class',
		'attribute',
		'attrdef',
		'constraint',
		'index',
		'type',
		'enum',
		'proc',
		'namespace',
		'depend',
		'description',
	],
	...[
		'policy',
		'trigger',
		'rewrite',
		'sequence',
		'extension',
		'default_acl',
		'collation',
		'statistic_ext',
		'cast',
		'operator',
	],
	...[
		'range',
		'inherits',
		'event_trigger',
		'publication',
		'publication_rel',
		'foreign_server',
		'foreign_table',
		'ts_config',
		'ts_config_map',
		'ts_dict',
	],
];

async function readStamp(database: ScratchDatabase): Promise<string> {
	const parts = TABLES.map(
		(table) => `(SELECT concat(count(*), ':', max(xmin::text::bigint)) FROM pg_${table})`,
	);
	const { rows } = await keepPlans(database.pool()).query(
		`SELECT concat_ws(' ', ${parts.join(', ')}) AS stamp`,
	);
	return rows[0].stamp as string;
}
