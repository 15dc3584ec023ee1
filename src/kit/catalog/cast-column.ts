import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import type { Catalog, CatalogObject } from './catalog.ts';

/** The expression that takes a column's values from one type to another: the `USING` of `ALTER COLUMN … TYPE`. */
export function castColumn(
	from: CatalogObject,
	to: CatalogObject,
	catalogs: { readonly from: Catalog; readonly to: Catalog },
): string {
	const column = quoteIdentifier(to.names[2] ?? '');
	const type = withCollation(to);
	const [one, other] = [describeType(from, catalogs.from), describeType(to, catalogs.to)];
	if (one.isArray && !other.isArray) return castScalar(`${column}[1]`, one, other, type, to);
	if (!one.isArray && other.isArray)
		return `CASE WHEN ${column} IS NOT NULL THEN ARRAY[${column}${one.values ? '::text' : ''}]::${type} END`;
	if (one.isArray) return castArray(column, one, other, type);
	return castScalar(column, one, other, type, to);
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

function castScalar(
	value: string,
	from: DescribedType,
	to: DescribedType,
	type: string,
	column: CatalogObject,
): string {
	if (to.values) return castToEnum(value, from, to.values, type, column);
	if (from.values) return to.base === 'text' ? `${value}::${type}` : `${value}::text::${type}`;
	if (to.base === 'boolean' && NUMBERS.has(from.base)) return `${value} <> 0`;
	if (from.base === 'boolean' && NUMBERS.has(to.base))
		return to.base === 'integer' ? `${value}::integer` : `${value}::integer::${type}`;
	return `${value}::${type}`;
}

const NUMBERS = new Set(['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision']);

/** A value that the enum does not have becomes NULL where the column may hold it; elsewhere PostgreSQL refuses it. */
function castToEnum(
	value: string,
	from: DescribedType,
	values: readonly string[],
	type: string,
	column: CatalogObject,
): string {
	const text = `${value}::text`;
	const isCovered = from.values?.every((item) => values.includes(item)) ?? false;
	if (isCovered || column.attributes['not null'] || values.length === 0) return `${text}::${type}`;
	return `CASE WHEN ${text} IN (${values.map(quoteLiteral).join(', ')}) THEN ${text}::${type} END`;
}

function castArray(column: string, from: DescribedType, to: DescribedType, type: string): string {
	if (!from.values && !to.values) return `${column}::${type}`;
	const gone = from.values?.filter((value) => to.values && !to.values.includes(value)) ?? [];
	const texts = gone.reduce(
		(list, value) => `array_remove(${list}, ${quoteLiteral(value)})`,
		`${column}::text[]`,
	);
	return `${texts}::${type}`;
}
