import type { Catalog, CatalogObject } from '../catalog/catalog.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';

/**
 * Statements that put sequences which come back behind the values that their columns hold already: a sequence starts
 * anew, and would give numbers that are taken.
 */
export function restoreSequences(before: Catalog, from: Catalog): readonly string[] {
	const present = new Set([...from.objects.values()].map(({ identity }) => identity));
	return [...before.objects.values()]
		.filter(({ kind, identity }) => kind === 'sequence' && !present.has(identity))
		.flatMap((sequence) => {
			const column = findColumn(before, sequence);
			return column && present.has(column.identity) ? [writePosition(sequence, column)] : [];
		});
}

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
