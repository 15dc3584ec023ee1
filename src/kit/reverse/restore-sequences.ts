import { type Catalog, type CatalogObject, keyOf } from '../catalog/catalog.ts';
import type { OwnedStatement } from '../catalog/plan-catalog-change.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';

/**
 * Statements that put sequences which are made anew behind the values that their columns hold already: a new sequence
 * starts at its beginning, and would give numbers that are taken.
 * @param planned the statements that lead from `from` to `to`
 */
export function restoreSequences(
	planned: readonly OwnedStatement[],
	from: Catalog,
	to: Catalog,
): readonly string[] {
	const made = new Set(planned.filter(({ sql }) => MAKES_SEQUENCE.test(sql)).flatMap(({ keys }) => keys));
	const isAnew = (key: string) => made.size > 0 || !from.objects.has(key);
	const candidates = [...to.objects].filter(([key, { kind }]) => kind === 'sequence' && isAnew(key));
	if (candidates.length === 0) return [];
	const columns = indexColumns(to);
	return candidates.flatMap(([key, sequence]) => {
		const column = columns.get(nameOwner(sequence));
		if (!column || !from.objects.has(keyOf('column', column.names))) return [];
		const isMade = made.has(key) || made.has(keyOf('column', column.names)) || !from.objects.has(key);
		return isMade ? [writePosition(sequence, column)] : [];
	});
}

const MAKES_SEQUENCE = /^CREATE SEQUENCE |^ALTER TABLE .* ADD GENERATED .* AS IDENTITY/s;

/** Columns under every name that PostgreSQL may print for them. */
function indexColumns({ objects }: Catalog): ReadonlyMap<string, CatalogObject> {
	const columns = [...objects.values()].filter(({ kind }) => kind === 'column');
	return new Map(
		[quoteAsNeeded, quoteAlways, quoteIdentifier].flatMap((quote) =>
			columns.map((column) => [column.names.map(quote).join('.'), column] as const),
		),
	);
}

/** The column that a sequence belongs to, as PostgreSQL prints it; empty for one that belongs to none. */
function nameOwner({ attributes }: CatalogObject): string {
	const owner = attributes['owned by'];
	return typeof owner === 'string' ? owner.replace(/ \(identity\)$/, '') : '';
}

function writePosition(
	{ names: [schema = '', name = ''] }: CatalogObject,
	{ names: [tableSchema = '', table = '', column = ''] }: CatalogObject,
): string {
	const sequence = quoteLiteral(`${quoteAlways(schema)}.${quoteAlways(name)}`);
	const highest = `max(${quoteIdentifier(column)})`;
	return `SELECT setval(${sequence}, ${highest}) FROM ${quoteIdentifier(tableSchema)}.${quoteIdentifier(table)} HAVING ${highest} > 0;`;
}

function quoteAlways(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

function quoteAsNeeded(name: string): string {
	return /^[a-z_][a-z0-9_$]*$/.test(name) ? name : quoteAlways(name);
}
