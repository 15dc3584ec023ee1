import type { CatalogObject, ObjectPart } from './catalog.ts';
import type { CatalogObjects } from './read-catalog.ts';
import { remember } from './remember.ts';

/** The object with an identity. */
export function findByIdentity(
	{ objects }: Pick<CatalogObjects, 'objects'>,
	identity: string,
): CatalogObject | undefined {
	return remember(
		byIdentity,
		objects,
		() => new Map([...objects.values()].map((item) => [item.identity, item])),
	).get(identity);
}

/** The parts of the type with an identity. */
export function listPartsOf({ parts }: Pick<CatalogObjects, 'parts'>, type: string): readonly ObjectPart[] {
	return remember(byParent, parts, () => groupByParent(parts)).get(type) ?? [];
}

function groupByParent(parts: readonly ObjectPart[]): ReadonlyMap<string, readonly ObjectPart[]> {
	const groups = new Map<string, ObjectPart[]>();
	for (const part of parts) {
		const group = groups.get(part.parent);
		if (group === undefined) groups.set(part.parent, [part]);
		else group.push(part);
	}
	return groups;
}

// Asked once for every column: each catalog is gone through once.
const byIdentity = new WeakMap<object, ReadonlyMap<string, CatalogObject>>();
const byParent = new WeakMap<object, ReadonlyMap<string, readonly ObjectPart[]>>();
