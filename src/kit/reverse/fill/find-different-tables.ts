import { type CatalogObject, keyOf } from '../../catalog/catalog.ts';
import { toText } from '../../catalog/compare-objects.ts';
import type { CatalogObjects } from '../../catalog/read-catalog.ts';

/** The keys of the tables that are not the same in two databases of different origin, in themselves or in a type that they use. */
export function findDifferentTables(one: CatalogObjects, other: CatalogObjects): ReadonlySet<string> {
	const isSame = (key: string) =>
		toText(one.objects.get(key)?.attributes) === toText(other.objects.get(key)?.attributes);
	const keys = new Set([...one.objects.keys(), ...other.objects.keys()]);
	const different = new Set([...keys].filter((key) => !isSame(key)));
	return new Set([one, other].flatMap((side) => listTables(side, different)));
}

function listTables({ objects, types }: CatalogObjects, different: ReadonlySet<string>): readonly string[] {
	const byIdentity = new Map([...objects.values()].map((object) => [object.identity, object]));
	const isDifferent = (object: CatalogObject | undefined) =>
		object !== undefined && different.has(keyOf(object.kind, object.names));
	return [...objects.values()].flatMap((object) => {
		const type = byIdentity.get(types.get(object.identity)?.type ?? '');
		const table = object.kind === 'table' ? object : byIdentity.get(object.parent ?? '');
		const isTouched = isDifferent(object) || isDifferent(type);
		return isTouched && table?.kind === 'table' ? [keyOf('table', table.names)] : [];
	});
}
