import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import type { Catalog, CatalogObject } from './catalog.ts';

export interface CastOptions {
	/** Whether a value that an enum does not have becomes NULL, or the default where the column may not be NULL, instead of failing. */
	readonly mayLoseValues?: boolean;
}

/** The expression that takes a column's values from one type to another: the `USING` of `ALTER COLUMN … TYPE`. */
export function castColumn(
	from: CatalogObject,
	to: CatalogObject,
	catalogs: { readonly from: Catalog; readonly to: Catalog },
	options: CastOptions = {},
): string {
	const column = quoteIdentifier(to.names[2] ?? '');
	const [one, other] = [describeType(from, catalogs.from), describeType(to, catalogs.to)];
	const target = {
		...other,
		text: withCollation(to),
		isStrict: !options.mayLoseValues,
		otherwise: chooseOtherwise(to, other),
	};
	if (one.isArray && other.isArray) return castArray(column, one, target);
	if (one.isArray) return castScalar(`${column}[1]`, one, target);
	return other.isArray ? castToArray(column, one, target) : castScalar(column, one, target);
}

interface Target extends DescribedType {
	/** The type as it is written, with its collation. */
	readonly text: string;
	/** Whether a value that it does not have must fail. */
	readonly isStrict: boolean;
	/** What such a value becomes otherwise, as SQL; NULL when absent. */
	readonly otherwise: string | undefined;
}

/** An enum column that may not be NULL takes its default, or the enum's first value. */
function chooseOtherwise({ attributes }: CatalogObject, { values, base }: DescribedType): string | undefined {
	if (!attributes['not null'] || values === undefined) return undefined;
	const isLiteral = /^'(?:[^']|'')*'::[^:]+$/.test(String(attributes.default ?? ''));
	return isLiteral ? String(attributes.default) : `${quoteLiteral(values[0] ?? '')}::${base}`;
}

interface DescribedType {
	readonly base: string;
	readonly isArray: boolean;
	/** An enum's. */
	readonly values?: readonly string[];
}

function describeType({ attributes }: CatalogObject, catalog: Catalog): DescribedType {
	const name = String(attributes.type);
	const isArray = name.endsWith('[]');
	const base = name.replace(/(\[\])+$/, '').replace(/\([\d, -]+\)/, '');
	const values = findEnum(base, catalog)?.attributes.values;
	return { base, isArray, ...(Array.isArray(values) ? { values: values.map(String) } : {}) };
}

function findEnum(printed: string, catalog: Catalog): CatalogObject | undefined {
	return [...catalog.objects.values()].find(
		({ kind, names }) => kind === 'enum' && names.map(printName).join('.') === printed,
	);
}

/** As PostgreSQL prints a name; its list of keywords is longer than ours, so both forms are tried. */
function printName(name: string): string {
	return quoteIdentifier(name);
}

function withCollation({ attributes }: CatalogObject): string {
	return attributes.collation
		? `${attributes.type} COLLATE ${attributes.collation}`
		: String(attributes.type);
}

function castScalar(value: string, from: DescribedType, to: Target): string {
	if (to.values) return castToEnum(value, from, to.values, to);
	if (from.values) return to.base === 'text' ? `${value}::${to.text}` : `${value}::text::${to.text}`;
	if (to.base === 'boolean' && NUMBERS.has(from.base)) return `${value} <> 0`;
	if (from.base === 'boolean' && NUMBERS.has(to.base)) {
		return to.base === 'integer' ? `${value}::integer` : `${value}::integer::${to.text}`;
	}
	return hasCast(from.base, to.base) ? `${value}::${to.text}` : `${value}::text::${to.text}`;
}

/** Between types of one family, and to and from text, which every type has. */
function hasCast(from: string, to: string): boolean {
	return (
		from === to ||
		TEXTS.has(from) ||
		TEXTS.has(to) ||
		FAMILIES.some((family) => family.has(from) && family.has(to))
	);
}

const TEXTS = new Set(['text', 'character varying', 'character', 'name', 'citext', 'public.citext']);

const FAMILIES: readonly ReadonlySet<string>[] = [
	new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']),
	new Set(['numeric', 'money', 'integer', 'bigint']),
	new Set(['date', 'timestamp without time zone', 'timestamp with time zone']),
	new Set(['time without time zone', 'time with time zone']),
	new Set(['time without time zone', 'interval']),
	new Set(['json', 'jsonb']),
	new Set(['inet', 'cidr']),
	new Set(['macaddr', 'macaddr8']),
	new Set(['bit', 'bit varying']),
	new Set(['integer', 'oid', 'bigint']),
];

const NUMBERS = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);

function castToEnum(value: string, from: DescribedType, values: readonly string[], to: Target): string {
	const text = `${value}::text`;
	const isCovered = from.values?.every((item) => values.includes(item)) ?? false;
	if (isCovered || to.isStrict || values.length === 0) return `${text}::${to.text}`;
	return `CASE WHEN ${text} IN (${values.map(quoteLiteral).join(', ')}) THEN ${text}::${to.text}${to.otherwise === undefined ? '' : ` ELSE ${to.otherwise}`} END`;
}

function castToArray(column: string, from: DescribedType, to: Target): string {
	const element = castScalar(column, from, { ...to, text: to.base, otherwise: undefined });
	return `CASE WHEN ${column} IS NOT NULL THEN ARRAY[${element}]::${to.text} END`;
}

function castArray(column: string, from: DescribedType, to: Target): string {
	if (!from.values && !to.values)
		return hasCast(from.base, to.base) ? `${column}::${to.text}` : `${column}::text[]::${to.text}`;
	const gone = to.isStrict
		? []
		: (from.values ?? []).filter((value) => to.values && !to.values.includes(value));
	const texts = gone.reduce(
		(list, value) => `array_remove(${list}, ${quoteLiteral(value)})`,
		`${column}::text[]`,
	);
	return `${texts}::${to.text}`;
}
