import type { AttributeValue, CatalogObject } from './catalog.ts';
import { isSameDefinition } from './compare-definitions.ts';
import type { ComparedObjects } from './read-catalog.ts';
import { remember } from './remember.ts';

/** One object that is not the same on both sides. */
export interface ObjectDifference {
	readonly key: string;
	readonly actual?: CatalogObject;
	readonly expected?: CatalogObject;
	/** The attributes that differ, when both sides have the object. */
	readonly attributes: readonly string[];
}

/** The objects that are not the same in two databases; what lives in an object that one side lacks is not named again. */
export async function compareObjects(
	actual: ComparedObjects,
	expected: ComparedObjects,
): Promise<readonly ObjectDifference[]> {
	return withoutParts(await listDifferences(actual, expected));
}

/** The same with everything that lives in an object which one side lacks. */
export async function listDifferences(
	actual: ComparedObjects,
	expected: ComparedObjects,
): Promise<readonly ObjectDifference[]> {
	const others = remember(compared, actual.objects, () => new WeakMap());
	return await remember(others, expected.objects, async () => {
		const reverse = compared.get(expected.objects)?.get(actual.objects);
		return reverse === undefined
			? await compareAnew(actual, expected)
			: turnRound(await reverse, actual, expected);
	});
}

/** What was found the other way round, in the order in which it would be found. */
function turnRound(
	found: readonly ObjectDifference[],
	actual: ComparedObjects,
	expected: ComparedObjects,
): readonly ObjectDifference[] {
	const turned = new Map(
		found.map(({ key, actual: expected, expected: actual, attributes }) => [
			key,
			{ key, attributes, ...(actual ? { actual } : {}), ...(expected ? { expected } : {}) },
		]),
	);
	return listKeys(actual, expected).flatMap((key) => turned.get(key) ?? []);
}

/** Of all objects, those expected first. */
function listKeys(actual: ComparedObjects, expected: ComparedObjects): readonly string[] {
	return [
		...expected.objects.keys(),
		...[...actual.objects.keys()].filter((key) => !expected.objects.has(key)),
	];
}

// Whoever describes the differences, plans from them and picks statements by them asks anew.
const compared = new WeakMap<object, WeakMap<object, Promise<readonly ObjectDifference[]>>>();

async function compareAnew(
	actual: ComparedObjects,
	expected: ComparedObjects,
): Promise<readonly ObjectDifference[]> {
	const isSameVersion = actual.majorVersion === expected.majorVersion;
	const found: ObjectDifference[] = [];
	for (const key of listKeys(actual, expected)) {
		const [here, there] = [actual.objects.get(key), expected.objects.get(key)];
		if (here && there && areSame(here.attributes, there.attributes)) continue;
		const attributes = here && there ? await listDifferent(here, there, isSameVersion) : [];
		if (here && there && attributes.length === 0) continue;
		found.push({ key, ...(here ? { actual: here } : {}), ...(there ? { expected: there } : {}), attributes });
	}
	return found;
}

/** Whether two objects' attributes have the same values, without a parser's opinion of definitions. */
export function areSame(here: CatalogObject['attributes'], there: CatalogObject['attributes']): boolean {
	const names = Object.keys(here);
	return (
		names.length === Object.keys(there).length &&
		names.every((name) => here[name] === there[name] || toText(here[name]) === toText(there[name]))
	);
}

async function listDifferent(
	here: CatalogObject,
	there: CatalogObject,
	isSameVersion: boolean,
): Promise<readonly string[]> {
	const names = new Set([...Object.keys(there.attributes), ...Object.keys(here.attributes)]);
	const different: string[] = [];
	for (const name of names) {
		const [one, other] = [here.attributes[name], there.attributes[name]];
		if (toText(one) === toText(other)) continue;
		if (!isSameVersion && (await isSameAcrossVersions(name, one, other))) continue;
		different.push(name);
	}
	return different;
}

/** Attribute values as text, whatever the order of an object's members. */
export function toText(value: AttributeValue | undefined): string {
	if (value === undefined || value === null) return '';
	if (Array.isArray(value)) return JSON.stringify(value.map(toText));
	if (typeof value === 'object') {
		return JSON.stringify(
			Object.entries(value)
				.sort(([a], [b]) => (a < b ? -1 : 1))
				.map(([name, item]) => [name, toText(item)]),
		);
	}
	return String(value);
}

async function isSameAcrossVersions(
	name: string,
	one: AttributeValue | undefined,
	other: AttributeValue | undefined,
): Promise<boolean> {
	if (typeof one !== 'string' || typeof other !== 'string') return false;
	return name === 'definition' && (await isSameDefinition(one, other));
}

/** Without columns of a missing table, sequences of a missing column and the like: the first difference says it all. */
function withoutParts(found: readonly ObjectDifference[]): readonly ObjectDifference[] {
	const missing = writePartOf(found.flatMap(({ actual, expected = [] }) => (actual ? [] : expected)));
	const extra = writePartOf(found.flatMap(({ actual = [], expected }) => (expected ? [] : actual)));
	return found.filter(
		({ actual, expected }) =>
			(actual && expected) || !((expected && missing(expected)) || (actual && extra(actual))),
	);
}

/** Says of an object whether it lives in one of these, or belongs to one. */
function writePartOf(objects: readonly CatalogObject[]): (object: CatalogObject) => boolean {
	const identities = new Set(objects.map(({ identity }) => identity));
	const owners = new Set(
		objects.filter(({ kind }) => kind === 'column' || kind === 'table').map(nameForOwner),
	);
	return ({ kind, parent, attributes: { 'owned by': owner } }) => {
		if (parent !== undefined && identities.has(parent) && kind !== 'table')
			return !parent.startsWith('pg_namespace:');
		return typeof owner === 'string' && owners.has(owner.replace(/ \(identity\)$/, ''));
	};
}

/** As PostgreSQL prints a sequence's owner with an empty search_path. */
function nameForOwner({ names }: CatalogObject): string {
	return names
		.map((name) => (/^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`))
		.join('.');
}
