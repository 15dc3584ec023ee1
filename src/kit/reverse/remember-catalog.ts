import type { Catalog } from '../catalog/catalog.ts';
import { readCatalog } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';

interface Remembered {
	readonly catalog: Catalog;
	readonly stamp: string;
}

const remembered = new WeakMap<ScratchDatabase, Remembered>();

/** The catalog of a scratch database. One that `rememberCatalog` was told about is not read again while nothing has changed it. */
export async function recallCatalog(
	database: ScratchDatabase,
	options: { readonly ignoreSchemas: readonly string[] },
): Promise<Catalog> {
	const known = remembered.get(database);
	if (known !== undefined && known.stamp === (await readStamp(database))) return known.catalog;
	return readCatalog(database.pool(), options);
}

/** Keeps the catalog that a scratch database has now. */
export async function rememberCatalog(database: ScratchDatabase, catalog: Catalog): Promise<void> {
	remembered.set(database, { catalog, stamp: await readStamp(database) });
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
