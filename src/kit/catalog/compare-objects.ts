import type { AttributeValue, CatalogObject } from './catalog.ts';
import { isSameDefinition } from './compare-definitions.ts';
import type { CatalogObjects } from './read-catalog.ts';
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
	actual: CatalogObjects,
	expected: CatalogObjects,
): Promise<readonly ObjectDifference[]> {
	return withoutParts(await listDifferences(actual, expected), actual, expected);
}

/** The same with everything that lives in an object which one side lacks. */
export async function listDifferences(
	actual: CatalogObjects,
	expected: CatalogObjects,
): Promise<readonly ObjectDifference[]> {
	const others = remember(compared, actual.objects, () => new WeakMap());
	return await remember(others, expected.objects, () => compareAnew(actual, expected));
}

// Whoever describes the differences, plans from them and picks statements by them asks anew.
const compared = new WeakMap<object, WeakMap<object, Promise<readonly ObjectDifference[]>>>();

async function compareAnew(
	actual: CatalogObjects,
	expected: CatalogObjects,
): Promise<readonly ObjectDifference[]> {
	const isSameVersion = actual.majorVersion === expected.majorVersion;
	const found: ObjectDifference[] = [];
	for (const key of new Set([...expected.objects.keys(), ...actual.objects.keys()])) {
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
function withoutParts(
	found: readonly ObjectDifference[],
	actual: CatalogObjects,
	expected: CatalogObjects,
): readonly ObjectDifference[] {
	const missing = new Set(found.filter((item) => !item.actual).map((item) => item.expected?.identity));
	const extra = new Set(found.filter((item) => !item.expected).map((item) => item.actual?.identity));
	if (missing.size === 0 && extra.size === 0) return found;
	const ownersOf = (side: CatalogObjects) =>
		new Map(
			[...side.objects.values()]
				.filter(({ kind }) => kind === 'column' || kind === 'table')
				.map((object) => [nameForOwner(object), object.identity]),
		);
	const ownersHere = extra.size === 0 ? new Map<string, string>() : ownersOf(actual);
	const ownersThere = missing.size === 0 ? new Map<string, string>() : ownersOf(expected);
	const isPart = (
		object: CatalogObject | undefined,
		gone: ReadonlySet<string | undefined>,
		owners: ReadonlyMap<string, string>,
	) => {
		if (!object) return false;
		if (gone.has(object.parent) && object.kind !== 'table')
			return object.parent?.startsWith('pg_namespace:') !== true;
		const owner = object.attributes['owned by'];
		return typeof owner === 'string' && gone.has(owners.get(owner.replace(/ \(identity\)$/, '')));
	};
	return found.filter(
		(item) =>
			!(item.expected && !item.actual && isPart(item.expected, missing, ownersThere)) &&
			!(item.actual && !item.expected && isPart(item.actual, extra, ownersHere)),
	);
}

/** As PostgreSQL prints a sequence's owner with an empty search_path. */
function nameForOwner({ names }: CatalogObject): string {
	return names
		.map((name) => (/^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`))
		.join('.');
}
