import type { CatalogObject } from '../catalog/catalog.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';

/**
 * The statements that make tables partitions, or children, of the tables that they belonged to before, and of no others; one
 * list per table, to be run together or not at all. The planner would make such a table anew, without its rows.
 * @param from the state to start from, in which everything has its old name already
 */
export function restorePartitions(
	from: CatalogObjects,
	before: CatalogObjects,
): readonly (readonly string[])[] {
	const wanted = new Map([...before.objects.values()].map((object) => [object.identity, object]));
	return [...from.objects.values()].flatMap((table) => {
		const target = table.kind === 'table' ? wanted.get(table.identity) : undefined;
		const statements = target === undefined ? [] : moveBetweenParents(table, target);
		return statements.length === 0 ? [] : [statements];
	});
}

function moveBetweenParents(table: CatalogObject, target: CatalogObject): readonly string[] {
	const child = table.names.map(quoteIdentifier).join('.');
	const [here, there] = [placeOf(table), placeOf(target)];
	const isSame = here.bound === there.bound;
	const left = here.parents.filter((parent) => !isSame || !there.parents.includes(parent));
	const joined = there.parents.filter((parent) => !isSame || !here.parents.includes(parent));
	return [
		...left.map((parent) =>
			here.bound === undefined
				? `ALTER TABLE ${child} NO INHERIT ${parent};`
				: `ALTER TABLE ${parent} DETACH PARTITION ${child};`,
		),
		...joined.map((parent) =>
			there.bound === undefined
				? `ALTER TABLE ${child} INHERIT ${parent};`
				: `ALTER TABLE ${parent} ATTACH PARTITION ${child} ${there.bound};`,
		),
	];
}

function placeOf({ attributes: { parents, 'partition bound': bound } }: CatalogObject): Place {
	return {
		parents: Array.isArray(parents) ? parents.map(String) : [],
		bound: typeof bound === 'string' ? bound : undefined,
	};
}

/** Where a table belongs; parents as PostgreSQL prints their names, qualified. */
interface Place {
	readonly parents: readonly string[];
	readonly bound: string | undefined;
}
