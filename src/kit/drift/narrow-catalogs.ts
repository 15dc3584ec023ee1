import { type CatalogObject, keyOf } from '../catalog/catalog.ts';
import { nameObject } from '../catalog/name-object.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import type { Config } from '../config/config.ts';
import { logName } from '../ledger/ledger-name.ts';
import { forgetGivenPrivileges } from './forget-given-privileges.ts';
import { matchPattern, passesFilter } from './match-pattern.ts';

export type Narrowing = Pick<
	Config,
	'ledger' | 'schemaFilter' | 'tablesFilter' | 'extensionsFilters' | 'companion'
>;

/** Two catalogs without what nobody holds against the live database. */
export interface NarrowedCatalogs<Read extends CatalogObjects> {
	readonly live: Read;
	readonly expected: Read;
	/** What the live database has and the migrations do not own, in words; the ledger apart. */
	readonly leftOut: readonly string[];
	/** The keys of everything that was taken out on either side. */
	readonly removed: ReadonlySet<string>;
}

/**
 * The part of a live catalog that the migrations answer for. Left out, unless the migrations make them too: the ledger and its log;
 * schemas that `schemaFilter` does not name; extensions, servers, publications and other things of the administrator; partitions,
 * partitioned and foreign tables; tables that `tablesFilter` does not let through. Left out on both sides: what
 * `companion.drift.ignore` names.
 */
export function narrowCatalogs<Read extends CatalogObjects>(
	live: Read,
	expected: Read,
	config: Narrowing,
): NarrowedCatalogs<Read> {
	const parents = indexIdentities(live);
	const isOurs = withAncestors(parents, 'every', writeOwnership(expected, config));
	const isLedgers = withAncestors(parents, 'some', writeLedgerTest(config));
	const isNamed = writeIgnoring(config);
	const isIgnored = isNamed && withAncestors(parents, 'some', isNamed);
	const kept = new Map<string, CatalogObject>();
	const leftOut = new Set<CatalogObject>();
	for (const [key, object] of live.objects) {
		if (isLedgers(object)) continue;
		if (isOurs(object) && !isIgnored?.(object)) kept.set(key, object);
		else leftOut.add(object);
	}
	const narrowed = isNamed === undefined ? expected : leaveOut(expected, isNamed);
	return {
		live: {
			...live,
			objects: forgetGivenPrivileges({ ...live, objects: kept }, { live, expected: narrowed }),
		},
		expected: narrowed,
		leftOut: nameRoots(leftOut, parents),
		removed: new Set([
			...[...live.objects.keys()].filter((key) => !kept.has(key)),
			...[...expected.objects.keys()].filter((key) => !narrowed.objects.has(key)),
		]),
	};
}

function leaveOut<Read extends CatalogObjects>(
	catalog: Read,
	isNamed: (object: CatalogObject) => boolean,
): Read {
	const isIgnored = withAncestors(indexIdentities(catalog), 'some', isNamed);
	return { ...catalog, objects: new Map([...catalog.objects].filter(([, object]) => !isIgnored(object))) };
}

/** Says of an object of the live database whether the migrations answer for it, what it lives in apart. */
function writeOwnership(expected: CatalogObjects, config: Narrowing): (object: CatalogObject) => boolean {
	const schemas = new Set([...config.schemaFilter, ...namesOf(expected, 'schema')]);
	return (object) => {
		const { kind, names, attributes } = object;
		if (expected.objects.has(keyOf(kind, names))) return true;
		if (ADMINISTRATIVE.has(kind)) return false;
		if (kind === 'schema') return schemas.has(names[0] ?? '');
		if (names.length > 1 && ROOTED.has(kind) && !schemas.has(names[0] ?? '')) return false;
		if (!RELATIONS.has(kind)) return true;
		if (kind === 'foreign table' || attributes['partition key'] || attributes['partition bound'])
			return false;
		const name = names[1] ?? '';
		if (config.extensionsFilters.includes('postgis') && POSTGIS.has(name)) return false;
		return passesFilter(name, config.tablesFilter);
	};
}

/** Kinds that the server's administrator makes, for the whole database or server. */
const ADMINISTRATIVE = new Set([
	'extension',
	'server',
	'foreign-data wrapper',
	'publication',
	'publication of table',
	'event trigger',
	'default privileges',
	'security label',
]);

const RELATIONS = new Set(['table', 'foreign table', 'view', 'materialized view']);

/** Kinds whose first name is a schema. */
const ROOTED = new Set([
	...RELATIONS,
	'sequence',
	'enum',
	'domain',
	'range',
	'type',
	'function',
	'procedure',
	'aggregate',
	'collation',
	'statistics',
	'operator',
	'operator class',
	'operator family',
	'text search configuration',
	'text search dictionary',
	'conversion',
]);

/** What older PostGIS versions left outside their extension; drizzle-kit leaves the same ones out. */
const POSTGIS = new Set(['geography_columns', 'geometry_columns', 'spatial_ref_sys']);

/** Undefined where nothing is ignored. */
function writeIgnoring({ companion }: Narrowing): ((object: CatalogObject) => boolean) | undefined {
	const patterns = companion.drift?.ignore ?? [];
	if (patterns.length === 0) return undefined;
	return (object) => {
		const words = nameObject(object);
		const bare = words.slice(object.kind.length + 1);
		return patterns.some((pattern) =>
			[words, bare, object.names.join('.')].some((name) => matchPattern(name, pattern)),
		);
	};
}

/** The relations of the ledger and the log: tables and the sequences of their ids. */
function writeLedgerTest({ ledger }: Narrowing): (object: CatalogObject) => boolean {
	const log = logName(ledger);
	const names = new Set([ledger.table, `${ledger.table}_id_seq`, log, `${log}_id_seq`]);
	return ({ kind, names: [schema, name = ''] }) =>
		schema === ledger.schema && (kind === 'table' || kind === 'sequence') && names.has(name);
}

function namesOf(catalog: CatalogObjects, kind: string): readonly string[] {
	return [...catalog.objects.values()]
		.filter((object) => object.kind === kind)
		.map(({ names }) => names[0] ?? '');
}

type Identities = ReadonlyMap<string, CatalogObject>;

function indexIdentities(catalog: CatalogObjects): Identities {
	return new Map([...catalog.objects.values()].map((object) => [object.identity, object]));
}

/** Says the same of an object together with everything that it lives in. Each is asked about once. */
function withAncestors(
	identities: Identities,
	quantity: 'every' | 'some',
	test: (object: CatalogObject) => boolean,
): (object: CatalogObject) => boolean {
	const answers = new Map<CatalogObject, boolean>();
	const ask = (object: CatalogObject): boolean => {
		const known = answers.get(object);
		if (known !== undefined) return known;
		const parent = identities.get(object.parent ?? '');
		const own = test(object);
		const isSettled = parent === undefined || own === (quantity === 'some');
		const answer = isSettled ? own : ask(parent);
		answers.set(object, answer);
		return answer;
	};
	return ask;
}

/** The outermost things that were left out: a table, and not each of its columns. */
function nameRoots(objects: ReadonlySet<CatalogObject>, identities: Identities): readonly string[] {
	return [...objects]
		.filter((object) => !objects.has(identities.get(object.parent ?? '') as CatalogObject))
		.map(nameObject)
		.sort();
}
