import type { Catalog } from '../catalog/catalog.ts';
import { type CatalogObjects, readCatalog, readObjects } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';

interface Remembered {
	readonly catalog: CatalogObjects & Partial<Catalog>;
	readonly stamp: string;
}

export interface RecallOptions {
	readonly ignoreSchemas: readonly string[];
}

const remembered = new WeakMap<ScratchDatabase, Remembered>();

/** The catalog of a scratch database. One that `rememberCatalog` was told about is not read again while nothing has changed it. */
export async function recallCatalog(database: ScratchDatabase, options: RecallOptions): Promise<Catalog> {
	const known = await recall(database);
	return known !== undefined && isWhole(known) ? known : readCatalog(database.pool(), options);
}

/** The same without what changes are planned from, which takes longest to read. */
export async function recallObjects(
	database: ScratchDatabase,
	options: RecallOptions,
): Promise<CatalogObjects> {
	return (await recall(database)) ?? readObjects(database.pool(), options);
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

async function recall(database: ScratchDatabase): Promise<Remembered['catalog'] | undefined> {
	const known = remembered.get(database);
	return known !== undefined && known.stamp === (await readStamp(database)) ? known.catalog : undefined;
}

function isWhole(catalog: Remembered['catalog']): catalog is Catalog {
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
	const { rows } = await database.query(`SELECT concat_ws(' ', ${parts.join(', ')}) AS stamp`);
	return rows[0].stamp as string;
}
