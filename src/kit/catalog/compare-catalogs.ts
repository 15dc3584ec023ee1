import type { AttributeValue, Catalog, CatalogObject, Difference } from './catalog.ts';
import { compareObjects, type ObjectDifference } from './compare-objects.ts';
import { nameObject, nameOwner } from './name-object.ts';
import { type OwnedStatement, planOwnedStatements } from './plan-catalog-change.ts';
import type { ComparedObjects } from './read-catalog.ts';

/**
 * How `actual` differs from `expected`, in words, each difference with the SQL that would close it. Empty means equal:
 * the order of columns, owners and the server's version apart.
 */
export async function compareCatalogs(actual: Catalog, expected: Catalog): Promise<readonly Difference[]> {
	const found = await compareObjects(actual, expected);
	if (found.length === 0) return [];
	return describeAll(found, await planOwnedStatements(actual, expected).catch(() => []));
}

/** The same where `statements` are planned already, from `actual` to `expected`. */
export async function describeDifferences(
	actual: ComparedObjects,
	expected: ComparedObjects,
	statements: readonly OwnedStatement[],
): Promise<readonly Difference[]> {
	return describeAll(await compareObjects(actual, expected), statements);
}

function describeAll(
	found: readonly ObjectDifference[],
	statements: readonly OwnedStatement[],
): readonly Difference[] {
	const closing = assignStatements(found, statements);
	return found.flatMap((item) => describe(item, closing.get(item.key) ?? []));
}

/** The same in words alone, for when nobody wants to close the difference. */
export async function describeObjectDifferences(
	actual: ComparedObjects,
	expected: ComparedObjects,
): Promise<readonly Difference[]> {
	return await describeDifferences(actual, expected, []);
}

/** Each statement goes to the difference that is about its object, or about the object that holds it. */
function assignStatements(
	found: readonly ObjectDifference[],
	statements: readonly OwnedStatement[],
): ReadonlyMap<string, readonly string[]> {
	const keys = new Set(found.map(({ key }) => key));
	const assigned = new Map<string, string[]>();
	for (const { sql, keys: candidates } of statements) {
		const key = candidates.find((candidate) => keys.has(candidate));
		if (key !== undefined) assigned.set(key, [...(assigned.get(key) ?? []), sql]);
	}
	return assigned;
}

function describe(
	{ actual, expected, attributes }: ObjectDifference,
	sql: readonly string[],
): readonly Difference[] {
	if (expected && !actual) {
		const object = nameObject(expected);
		return [{ words: `${object} is missing`, kind: 'missing', object, sql }];
	}
	if (actual && !expected) {
		const object = nameObject(actual);
		return [{ words: `${object} exists only here`, kind: 'extra', object, sql }];
	}
	return attributes.map((name, place) => ({
		words: describeAttribute(name, actual as CatalogObject, expected as CatalogObject),
		kind: 'changed',
		object: nameObject(actual as CatalogObject),
		sql: place === 0 ? sql : [],
	}));
}

function describeAttribute(name: string, actual: CatalogObject, expected: CatalogObject): string {
	if (name === 'not null') {
		const [here, there] = [actual, expected].map(({ attributes }) =>
			attributes[name] ? 'NOT NULL' : 'nullable',
		);
		return `${nameObject(actual)} is ${here} here, ${there} expected`;
	}
	const [here, there] = [actual, expected].map(({ attributes }) => print(attributes[name]));
	return `${name} of ${nameOwner(actual)} differs: ${excerpt(here, there)} here, ${excerpt(there, here)} expected`;
}

const LONGEST = 100;

/** A long text from a little before the place where it differs from the other. */
function excerpt(text = '', other = ''): string {
	if (text.length <= LONGEST) return text;
	let place = 0;
	while (place < text.length && text[place] === other[place]) place++;
	const start = Math.min(Math.max(0, place - LONGEST / 4), text.length - LONGEST);
	const cut = text.slice(start, start + LONGEST);
	return `${start > 0 ? '… ' : ''}${cut}${start + LONGEST < text.length ? ' …' : ''}`;
}

function print(value: AttributeValue | undefined): string {
	if (value === undefined || value === null) return 'none';
	if (Array.isArray(value)) return value.map(print).join(', ');
	if (typeof value === 'object')
		return (
			Object.entries(value)
				.map(([name, item]) => `${name} ${print(item)}`)
				.join(', ') || 'none'
		);
	return String(value).replace(/\s+/g, ' ').trim();
}
