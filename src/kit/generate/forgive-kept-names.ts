import { type AttributeValue, type CatalogObject, keyOf } from '../catalog/catalog.ts';
import { toText } from '../catalog/compare-objects.ts';
import type { ComparedObjects } from '../catalog/read-catalog.ts';

/** What PostgreSQL names itself after a table, and what therefore keeps an old name when only the table is renamed. */
const NAMED_AFTER_TABLE: readonly string[] = ['sequence', 'constraint', 'index'];

/**
 * The objects of one database, where constraints, indexes and sequences that are called otherwise in the other but are the
 * same in all else have the other's names.
 */
export function forgiveKeptNames(actual: ComparedObjects, wanted: ComparedObjects): ComparedObjects {
	return NAMED_AFTER_TABLE.reduce((objects, kind) => forgiveKind(objects, wanted, kind), actual);
}

function forgiveKind(actual: ComparedObjects, wanted: ComparedObjects, kind: string): ComparedObjects {
	const missing = [...wanted.objects.values()].filter(
		(object) => object.kind === kind && !actual.objects.has(keyFor(object)),
	);
	const extra = [...actual.objects.values()].filter(
		(object) => object.kind === kind && !wanted.objects.has(keyFor(object)),
	);
	const names = new Map<string, string>();
	for (const object of extra) {
		const twin = missing.find((other) => isTwin(object, other));
		if (twin !== undefined) names.set(nameOf(object), nameOf(twin));
	}
	if (names.size === 0) return actual;
	const objects = [...actual.objects.values()].map((object) => rename(object, names));
	return { ...actual, objects: new Map(objects.map((object) => [keyFor(object), object])) };
}

function isTwin(one: CatalogObject, other: CatalogObject): boolean {
	const isSamePlace = JSON.stringify(one.names.slice(0, -1)) === JSON.stringify(other.names.slice(0, -1));
	return (
		isSamePlace &&
		toText(rename(one, new Map([[nameOf(one), nameOf(other)]])).attributes) === toText(other.attributes)
	);
}

/** The object with names replaced, in its own name and wherever its definition holds them. */
function rename(object: CatalogObject, names: ReadonlyMap<string, string>): CatalogObject {
	const isNamed = NAMED_AFTER_TABLE.includes(object.kind) && names.has(nameOf(object));
	const ownNames = isNamed
		? [...object.names.slice(0, -1), names.get(nameOf(object)) as string]
		: object.names;
	return {
		...object,
		names: ownNames,
		attributes: renameIn(object.attributes, names) as CatalogObject['attributes'],
	};
}

function renameIn(
	value: AttributeValue | undefined,
	names: ReadonlyMap<string, string>,
): AttributeValue | undefined {
	if (typeof value === 'string')
		return value.replace(/[\w$\u0080-\uffff]+/g, (word) => names.get(word) ?? word);
	if (Array.isArray(value)) return value.map((item) => renameIn(item, names) as AttributeValue);
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, item]) => [name, renameIn(item, names) as AttributeValue]),
	);
}

function nameOf({ names }: CatalogObject): string {
	return names.at(-1) ?? '';
}

function keyFor({ kind, names }: CatalogObject): string {
	return keyOf(kind, names);
}
