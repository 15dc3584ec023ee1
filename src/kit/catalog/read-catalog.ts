import type { Fact, FactBase } from '@supabase/pg-delta';
import type pg from 'pg';
import { type Catalog, type CatalogObject, type ColumnType, type Facts, keyOf } from './catalog.ts';
import { extractFacts } from './extract-facts.ts';
import type { Home } from './home.ts';
import { listObjectQueries } from './object-queries.ts';
import { RARE_KINDS } from './rare-kinds.ts';

export interface ReadCatalogOptions {
	/** Schemas that count as not there: the ledger's own. */
	readonly ignoreSchemas?: readonly string[];
}

/** Begins to load what reading and planning need, for whoever has to wait for something else first. */
export function loadPlanner(): void {
	import('./pg-delta.ts').catch(() => undefined);
}

/**
 * What a database contains, read in two consistent snapshots. Roles, tablespaces and other things that belong to the
 * whole server are left out, owners too; grants to roles are in.
 */
export async function readCatalog(pool: pg.Pool, options: ReadCatalogOptions = {}): Promise<Catalog> {
	return await completeCatalog(pool, await readObjects(pool, options), options);
}

/**
 * The catalog of which somebody has read the objects a moment ago.
 * @param options.only the relations that will be planned for, where it is not for all
 */
export async function completeCatalog(
	pool: pg.Pool,
	own: CatalogObjects,
	{ ignoreSchemas = [], only }: ReadCatalogOptions & { readonly only?: readonly Home[] },
): Promise<Catalog> {
	const base = await extractFacts(pool, only);
	const facts = keepDatabaseFacts(base, new Set(ignoreSchemas));
	return { facts, roles: listRoles(base), ...own };
}

/** The part of a catalog that is our own reading: enough for comparing and for recognising objects, and quicker. */
export type CatalogObjects = Pick<Catalog, 'objects' | 'parts' | 'types' | 'majorVersion' | 'reader'>;

/** Of that what is enough for comparing, and quicker still. */
export type ComparedObjects = Omit<CatalogObjects, 'parts' | 'types'>;

/** Every object of a database with all that makes it what it is. */
export async function readObjects(pool: pg.Pool, options: ReadCatalogOptions = {}): Promise<CatalogObjects> {
	return await inSnapshot(pool, async (client) => {
		const compared = await readIn(client, options);
		const { rows: parts } = await client.query(PARTS);
		const { rows: types } = await client.query(COLUMN_TYPES);
		return { ...compared, parts, types: indexTypes(types) };
	});
}

/** The same for nothing but a comparison. */
export async function readCompared(
	pool: pg.Pool,
	options: ReadCatalogOptions = {},
): Promise<ComparedObjects> {
	return await inSnapshot(pool, (client) => readIn(client, options));
}

type Client = Pick<pg.PoolClient, 'query'>;

async function inSnapshot<Result>(pool: pg.Pool, read: (client: Client) => Promise<Result>): Promise<Result> {
	const client = await pool.connect();
	try {
		await client.query(
			"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = ''; SET LOCAL jit = off",
		);
		const result = await read(client);
		await client.query('COMMIT');
		return result;
	} catch (error) {
		await client.query('ROLLBACK').catch(() => undefined);
		throw error;
	} finally {
		client.release();
	}
}

async function readIn(client: Client, { ignoreSchemas = [] }: ReadCatalogOptions): Promise<ComparedObjects> {
	const { rows: facts } = await client.query(
		`SELECT current_setting('server_version_num')::int / 10000 AS version, current_user AS reader, ${RARE_KINDS} AS present`,
	);
	const { version, reader, present } = facts[0];
	const query = listObjectQueries(version, present).join('\nunion all\n');
	const { rows } = await client.query(query, [ignoreSchemas]);
	return { objects: indexObjects(rows), majorVersion: version, reader };
}

const PARTS = `
	SELECT 'value' AS kind, concat('pg_enum:', oid, ':0') AS identity, concat('pg_type:', enumtypid, ':0') AS parent, enumlabel::text AS name FROM pg_enum
	UNION ALL
	SELECT 'attribute', concat('pg_class:', a.attrelid, ':', a.attnum), concat('pg_type:', t.oid, ':0'), a.attname::text
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.typrelid = c.oid
	WHERE c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384`;

const COLUMN_TYPES = `
	SELECT concat('pg_class:', a.attrelid, ':', a.attnum) AS identity, concat('pg_type:', coalesce(nullif(t.typelem, 0), t.oid), ':0') AS type,
		a.atttypid::text || ':' || a.atttypmod AS exact, t.typcategory = 'A' AS "isArray",
		CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END AS storage
	FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
	WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND c.oid >= 16384`;

function indexTypes(
	rows: readonly (ColumnType & { readonly identity: string })[],
): ReadonlyMap<string, ColumnType> {
	return new Map(rows.map(({ identity, ...type }) => [identity, type]));
}

function indexObjects(rows: readonly CatalogObject[]): ReadonlyMap<string, CatalogObject> {
	return new Map(rows.map((row) => [keyOf(row.kind, row.names), row]));
}

/** Without roles, owners, and what belongs to an ignored schema. */
function keepDatabaseFacts(base: FactBase, ignored: ReadonlySet<string>): Facts {
	const isKept = (id: Fact['id']): boolean => {
		if (id.kind === 'role' || id.kind === 'membership') return false;
		if ('target' in id) return isKept(id.target);
		if (id.kind === 'schema') return !ignored.has(id.name);
		return !('schema' in id && typeof id.schema === 'string' && ignored.has(id.schema));
	};
	const facts = base
		.facts()
		.filter(
			(fact) => isKept(fact.id) && (fact.parent === undefined || isKept(fact.parent)) && !isOwnersOwn(fact),
		);
	const said = new Set(facts.filter(isDomainsNotNull).map(({ id }) => JSON.stringify(id)));
	const isSaid = (id: Fact['id'] | undefined) => said.size > 0 && said.has(JSON.stringify(id));
	return {
		facts: facts.filter(({ id, parent }) => !isSaid(id) && !isSaid(parent)),
		edges: base.edges.filter((edge) => edge.kind !== 'owner' && isKept(edge.from) && isKept(edge.to)),
	};
}

/** Said by the domain itself: from PostgreSQL 17 on it is a constraint as well. */
function isDomainsNotNull({ id, parent, payload }: Fact): boolean {
	return id.kind === 'constraint' && parent?.kind === 'domain' && payload.type === 'n';
}

/** What an owner may do with its own object, as PostgreSQL has it by default: the owner's name must not get into any SQL. */
function isOwnersOwn({ id, payload }: Fact): boolean {
	const { privileges, grantable, _ownerDefault: standard } = payload;
	if (id.kind !== 'acl' || !Array.isArray(standard)) return false;
	const hasOptions = Array.isArray(grantable) && grantable.length > 0;
	return !hasOptions && JSON.stringify(privileges) === JSON.stringify(standard);
}

/** Every role that the server has: statements may name them. */
function listRoles(base: FactBase): readonly string[] {
	return base.facts().flatMap(({ id }) => (id.kind === 'role' ? [id.name] : []));
}
