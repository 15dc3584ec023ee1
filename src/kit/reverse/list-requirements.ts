import type { CatalogObject } from '../catalog/catalog.ts';
import { nameObject, nameOwner } from '../catalog/name-object.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';

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
		if (object.kind === 'column') {
			return now && object.attributes['not null'] && !now.attributes['not null']
				? [`NOT NULL of ${nameOwner(object)}`]
				: [];
		}
		const comesBack =
			now === undefined &&
			isRule(object) &&
			!isOnNewColumn(object, before, survives) &&
			!hasTwin(object, after);
		return comesBack ? [`${nameObject(object)}: ${describe(object)}`] : [];
	});
}

function isRule({ kind, attributes }: CatalogObject): boolean {
	const definition = String(attributes.definition ?? '');
	if (kind === 'constraint') return !definition.endsWith('NOT VALID');
	return kind === 'index' && definition.startsWith('CREATE UNIQUE');
}

/** A column that comes back holds nothing, or placeholders, that could break the rule. */
function isOnNewColumn(
	object: CatalogObject,
	before: CatalogObjects,
	survives: (identity: string | undefined) => boolean,
): boolean {
	const own = describe(object).replace(/ REFERENCES .*$/s, '');
	const words = new Set(own.match(/"(?:[^"]|"")+"|[\w$\u0080-\uffff]+/g) ?? []);
	return [...before.objects.values()].some(
		({ kind, parent, identity, names }) =>
			kind === 'column' &&
			parent === object.parent &&
			!survives(identity) &&
			words.has(quoteIdentifier(names[2] ?? '')),
	);
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
	if (kind === 'index') return definition.replace(/^CREATE UNIQUE INDEX .*? USING /, 'unique ');
	// What happens when the other row goes has no say in which rows may stand.
	return definition.replace(
		/ ON (?:DELETE|UPDATE) (?:CASCADE|RESTRICT|SET (?:NULL|DEFAULT))(?: \([^)]*\))?/g,
		'',
	);
}
