import { quoteLiteral } from '../sql/quote-identifier.ts';
import type { AttributeValue, Catalog, CatalogObject } from './catalog.ts';
import { toText } from './compare-objects.ts';
import type { OwnedStatement } from './plan-catalog-change.ts';
import { CREATORS, writeComment, writeDrop } from './write-unmodelled.ts';

/** Statements for what the planner does not model: some to run before its own, some after. */
export interface UnmodelledChanges {
	readonly first: readonly OwnedStatement[];
	/** Drops of what tables may still use at the beginning, and what uses routines and types that go in the end. */
	readonly middle: readonly OwnedStatement[];
	readonly last: readonly OwnedStatement[];
}

/**
 * @param different the keys of objects that are not the same on both sides
 * @param rebuilt the keys of objects that the planner makes anew: they start from PostgreSQL's defaults
 */
export function planUnmodelled(
	from: Catalog,
	to: Catalog,
	{ different, rebuilt }: { readonly different: ReadonlySet<string>; readonly rebuilt: ReadonlySet<string> },
): UnmodelledChanges {
	const first: OwnedStatement[] = [];
	const middle: OwnedStatement[] = [];
	const last: OwnedStatement[] = [];
	const droppable = [...from.objects].filter(([, { kind }]) => KINDS_TO_DROP.includes(kind));
	for (const kind of KINDS_TO_DROP) {
		for (const [key, object] of droppable) {
			if (object.kind !== kind || !isReplaced(object, to.objects.get(key))) continue;
			const isUsedByTables = kind !== 'statistics' && !to.objects.has(key);
			(isUsedByTables ? middle : first).push(own(key, writeDrop(object)));
		}
	}
	for (const [key, object] of to.objects) {
		if (!different.has(key) && !rebuilt.has(key)) continue;
		const old = from.objects.get(key);
		const before = rebuilt.has(key) ? undefined : old;
		const isNew = KINDS_TO_DROP.includes(object.kind) && (old === undefined || isReplaced(old, object));
		const created = isNew ? (CREATORS[object.kind]?.(object) ?? []) : [];
		const set = SETTERS[object.kind]?.(object, isNew ? undefined : before, to) ?? [];
		last.push(...[...created, ...set].map((sql) => own(key, sql)));
	}
	return { first, middle, last };
}

/** Dependants first. */
const KINDS_TO_DROP = [
	'operator class',
	'operator family',
	'operator',
	'cast',
	'text search configuration',
	'text search dictionary',
	'conversion',
	'statistics',
];

function own(key: string, sql: string): OwnedStatement {
	return { sql, isTransactional: true, isDestructive: false, keys: [key] };
}

/** Their definitions cannot be altered in place. */
function isReplaced(object: CatalogObject, wanted: CatalogObject | undefined): boolean {
	if (wanted === undefined) return true;
	const essence = ({ attributes: { comment, target, ...rest } }: CatalogObject) => toText(rest);
	return essence(object) !== essence(wanted);
}

type WriteStatements = (
	object: CatalogObject,
	before: CatalogObject | undefined,
	to: Catalog,
) => readonly string[];

const SETTERS: Readonly<Record<string, WriteStatements>> = {
	column: setColumn,
	table: setTable,
	sequence: setSequence,
	'materialized view': setMaterializedView,
	index: setIndex,
	statistics: (object, before) => [
		...changesOf(object, before)(
			'target',
			(value) => `ALTER STATISTICS ${nameFully(object)} SET STATISTICS ${value ?? -1};`,
		),
		...commentOn(object, before),
	],
	...Object.fromEntries(KINDS_TO_DROP.slice(0, -1).map((kind) => [kind, commentOn])),
};

function commentOn(object: CatalogObject, before: CatalogObject | undefined): readonly string[] {
	return changesOf(object, before)('comment', (value) => writeComment(object, value));
}

function setColumn(object: CatalogObject, before: CatalogObject | undefined, to: Catalog): readonly string[] {
	const [schema = '', table = '', column = ''] = object.names;
	const { of, inherited } = object.attributes;
	if (of === 'v') {
		const view = `ALTER VIEW ${quoteFully(schema, table)} ALTER COLUMN ${quoteAlways(column)}`;
		return changesOf(object, before)(
			'default',
			(value) => `${view} ${value ? `SET DEFAULT ${value}` : 'DROP DEFAULT'};`,
		);
	}
	if (inherited || (of !== 'r' && of !== 'p' && of !== 'm' && of !== 'f')) return [];
	const keyword = of === 'm' ? 'MATERIALIZED VIEW' : of === 'f' ? 'FOREIGN TABLE' : 'TABLE';
	const alter = `ALTER ${keyword} ${quoteFully(schema, table)} ALTER COLUMN ${quoteAlways(column)}`;
	const changes = changesOf(object, before);
	return [
		...changes(
			'storage',
			(value) => `SET STORAGE ${String(value ?? standardStorage(object, to)).toUpperCase()}`,
		),
		...changes('compression', (value) => `SET COMPRESSION ${value ?? 'default'}`),
		...changes('statistics target', (value) => `SET STATISTICS ${value ?? -1}`),
		...changes('options', (value, old) => writeOptions(value, old)).flat(),
	].map((clause) => `${alter} ${clause};`);
}

/** `SET STORAGE DEFAULT` came with PostgreSQL 16. */
function standardStorage({ identity }: CatalogObject, { types }: Catalog): string {
	return types.get(identity)?.storage ?? 'extended';
}

function setTable(object: CatalogObject, before: CatalogObject | undefined): readonly string[] {
	const changes = changesOf(object, before);
	return [
		...changes('toast options', (value, old) => writeOptions(value, old, 'toast.')).flat(),
		...changes('clustered on', writeCluster),
	].map((clause) => `ALTER TABLE ${nameFully(object)} ${clause};`);
}

/** That of an identity column is as its table is made; PostgreSQL knows it since 15. */
function setSequence(object: CatalogObject, before: CatalogObject | undefined): readonly string[] {
	if (String(object.attributes['owned by']).endsWith(' (identity)')) return [];
	const set = (value: AttributeValue | undefined) =>
		`ALTER SEQUENCE ${nameFully(object)} SET ${value === 'u' ? 'UNLOGGED' : 'LOGGED'};`;
	return changesOf(object, before)('persistence', set);
}

function setMaterializedView(object: CatalogObject, before: CatalogObject | undefined): readonly string[] {
	const name = nameFully(object);
	const changes = changesOf(object, before);
	return [
		...changes(
			'populated',
			(value) => `REFRESH MATERIALIZED VIEW ${name}${value === false ? ' WITH NO DATA' : ''};`,
		),
		...changes('clustered on', (value) => `ALTER MATERIALIZED VIEW ${name} ${writeCluster(value)};`),
	];
}

function writeCluster(index: AttributeValue | undefined): string {
	return index ? `CLUSTER ON ${quoteAlways(String(index))}` : 'SET WITHOUT CLUSTER';
}

function setIndex(object: CatalogObject, before: CatalogObject | undefined): readonly string[] {
	const [wanted, present] = [object, before].map(
		(side) => (side?.attributes['statistics targets'] ?? {}) as Record<string, AttributeValue>,
	);
	const columns = new Set([...Object.keys(wanted ?? {}), ...Object.keys(present ?? {})]);
	return [...columns]
		.filter((column) => toText(wanted?.[column]) !== toText(present?.[column]))
		.map(
			(column) =>
				`ALTER INDEX ${nameFully(object)} ALTER COLUMN ${column} SET STATISTICS ${toText(wanted?.[column]) || -1};`,
		);
}

type ListChanges = <Written>(
	name: string,
	write: (value: AttributeValue | undefined, old: AttributeValue | undefined) => Written,
) => readonly Written[];

function changesOf(object: CatalogObject, before: CatalogObject | undefined): ListChanges {
	return (name, write) => {
		const [value, old] = [object.attributes[name], before?.attributes[name]];
		return toText(value) === toText(old) ? [] : [write(value, old)];
	};
}

function writeOptions(
	value: AttributeValue | undefined,
	old: AttributeValue | undefined,
	prefix = '',
): readonly string[] {
	const [wanted = [], present = []] = [value, old].map((list) =>
		Array.isArray(list) ? list.map(String) : [],
	);
	const nameOf = (option: string) => option.split('=')[0] ?? '';
	const names = new Set(wanted.map(nameOf));
	const set = wanted.map(
		(option) => `${prefix}${nameOf(option)}=${quoteLiteral(option.slice(nameOf(option).length + 1))}`,
	);
	const reset = present.map(nameOf).filter((name) => !names.has(name));
	return [
		...(set.length > 0 ? [`SET (${set.join(', ')})`] : []),
		...(reset.length > 0 ? [`RESET (${reset.map((name) => prefix + name).join(', ')})`] : []),
	];
}

function nameFully({ names: [schema = '', name = ''] }: CatalogObject): string {
	return quoteFully(schema, name);
}

/** With its schema, `public` too: the SQL must not depend on the search_path of whoever runs it. */
function quoteFully(schema: string, name: string): string {
	return `${quoteAlways(schema)}.${quoteAlways(name)}`;
}

/** As the planner writes names. */
function quoteAlways(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}
