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
	return [...to.objects].flatMap(([key, sequence]) => {
		const column = sequence.kind === 'sequence' ? findColumn(to, sequence) : undefined;
		if (!column || !from.objects.has(keyOf('column', column.names))) return [];
		const isMade = made.has(key) || made.has(keyOf('column', column.names)) || !from.objects.has(key);
		return isMade ? [writePosition(sequence, column)] : [];
	});
}

const MAKES_SEQUENCE = /^CREATE SEQUENCE |^ALTER TABLE .* ADD GENERATED .* AS IDENTITY/s;

function findColumn(catalog: Catalog, sequence: CatalogObject): CatalogObject | undefined {
	const owner = sequence.attributes['owned by'];
	if (typeof owner !== 'string') return undefined;
	const plain = owner.replace(/ \(identity\)$/, '');
	return [...catalog.objects.values()].find(
		({ kind, names }) =>
			kind === 'column' &&
			(names.map(quoteIdentifier).join('.') === plain ||
				names.map(quoteAlways).join('.') === plain ||
				names.map(quoteAsNeeded).join('.') === plain),
	);
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
