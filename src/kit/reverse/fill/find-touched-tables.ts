import type { CatalogObject } from '../../catalog/catalog.ts';
import { toText } from '../../catalog/compare-objects.ts';
import type { CatalogObjects } from '../../catalog/read-catalog.ts';

/**
 * The identities of the tables of the state before that a migration does something to: to the table, to a part of it, or
 * to a type that it uses; and those named in `mentioned`.
 */
export function findTouchedTables(
	before: CatalogObjects,
	after: CatalogObjects,
	mentioned: ReadonlySet<string>,
): ReadonlySet<string> {
	const [old, present] = [indexByIdentity(before), indexByIdentity(after)];
	const changed = [...new Set([...old.keys(), ...present.keys()])].filter((identity) =>
		isChanged(old.get(identity), present.get(identity)),
	);
	const touched = new Set(changed.map((identity) => tableOf(old.get(identity) ?? present.get(identity))));
	const changedTypes = new Set(
		[...changed, ...listChangedParts(before, after)].filter((identity) => identity.startsWith('pg_type:')),
	);
	for (const [column, { type }] of before.types) if (changedTypes.has(type)) touched.add(asTable(column));
	return new Set(
		[...old.values()]
			.filter(
				(object) =>
					object.kind === 'table' && (touched.has(object.identity) || mentioned.has(object.names.join('.'))),
			)
			.map(({ identity }) => identity),
	);
}

function indexByIdentity({ objects }: CatalogObjects): ReadonlyMap<string, CatalogObject> {
	return new Map([...objects.values()].map((object) => [object.identity, object]));
}

function isChanged(was: CatalogObject | undefined, is: CatalogObject | undefined): boolean {
	return (
		was === undefined ||
		is === undefined ||
		was.names.join('.') !== is.names.join('.') ||
		toText(was.attributes) !== toText(is.attributes)
	);
}

function listChangedParts(before: CatalogObjects, after: CatalogObjects): readonly string[] {
	const list = ({ parts }: CatalogObjects) => new Map(parts.map((part) => [part.identity, part]));
	const [old, present] = [list(before), list(after)];
	return [...old.values(), ...present.values()]
		.filter(({ identity }) => old.get(identity)?.name !== present.get(identity)?.name)
		.map(({ parent }) => parent);
}

function tableOf(object: CatalogObject | undefined): string {
	if (object?.kind === 'table') return object.identity;
	return asTable(object?.parent ?? '');
}

/** `pg_class:16401:3` -> `pg_class:16401:0` */
function asTable(identity: string): string {
	return identity.replace(/:\d+$/, ':0');
}
