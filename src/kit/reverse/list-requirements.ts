import type { CatalogObject } from '../catalog/catalog.ts';
import { nameObject, nameOwner } from '../catalog/name-object.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';

/**
 * What the rows must satisfy for a down to run, because it brings back a rule that the up took away; in words, one rule
 * each. A row written since that breaks one makes the down fail as a whole.
 */
export function listRequirements(before: CatalogObjects, after: CatalogObjects): readonly string[] {
	const present = new Map([...after.objects.values()].map((object) => [object.identity, object]));
	const survives = (identity: string | undefined) => present.has(identity ?? '');
	return [...before.objects.values()].flatMap((object) => {
		if (!survives(object.parent)) return [];
		const now = present.get(object.identity);
		if (object.kind === 'column')
			return now && object.attributes['not null'] && !now.attributes['not null']
				? [`NOT NULL of ${nameOwner(object)}`]
				: [];
		return now === undefined && isRule(object) && !hasTwin(object, after)
			? [`${nameObject(object)}: ${describe(object)}`]
			: [];
	});
}

function isRule({ kind, attributes }: CatalogObject): boolean {
	const definition = String(attributes.definition ?? '');
	return kind === 'constraint'
		? !definition.endsWith('NOT VALID')
		: kind === 'index' && definition.startsWith('CREATE UNIQUE');
}

/** The same rule under another name, on the same table. */
function hasTwin(object: CatalogObject, after: CatalogObjects): boolean {
	return [...after.objects.values()].some(
		(other) =>
			other.kind === object.kind && other.parent === object.parent && describe(other) === describe(object),
	);
}

function describe({ kind, attributes }: CatalogObject): string {
	const definition = String(attributes.definition ?? '');
	return kind === 'index' ? definition.replace(/^CREATE UNIQUE INDEX .*? USING /, 'unique ') : definition;
}
