import type { DependencyEdge, Fact, StableId } from '@supabase/pg-delta';
import type { CatalogObject, Facts } from './catalog.ts';
import type { ObjectDifference } from './compare-objects.ts';

/**
 * The facts that a plan needs: relations that differ, whatever depends on them, since it may have to be made anew, and what all of
 * these are made of. Planning costs as much for each fact that is the same on both sides as for one that is not. What is
 * no relation is left in, as there is little of it.
 */
export function selectFacts(
	sides: readonly [Facts, Facts],
	differences: readonly ObjectDifference[],
): readonly [Facts, Facts] {
	const uses = sides.flatMap(({ edges }) => edges.map(toUse));
	const seeds = differences.flatMap(({ actual, expected }) => [actual, expected].flatMap(nameHome));
	const affected = follow(seeds, uses);
	const needed = new Set(affected);
	for (const { user, used } of uses) if (affected.has(user)) needed.add(used);
	const isNeeded = (id: StableId) => !isOfRelation(id) || needed.has(homeOf(id));
	const [from, to] = sides.map(({ facts, edges }) => ({
		facts: facts.filter(({ id }) => isNeeded(id)),
		edges: edges.filter((edge) => isNeeded(edge.from) && isNeeded(edge.to)),
	}));
	return [from as Facts, to as Facts];
}

interface Use {
	readonly user: string;
	readonly used: string;
}

function toUse({ from, to }: DependencyEdge): Use {
	return { user: homeOf(from), used: homeOf(to) };
}

/** These and all that use them, however indirectly. */
function follow(seeds: readonly string[], uses: readonly Use[]): ReadonlySet<string> {
	const users = new Map<string, string[]>();
	for (const { user, used } of uses) {
		const known = users.get(used);
		if (known === undefined) users.set(used, [user]);
		else known.push(user);
	}
	const reached = new Set(seeds);
	// What is added on the way is visited too.
	for (const each of reached) for (const user of users.get(each) ?? []) reached.add(user);
	return reached;
}

/** The schema and name of what a thing is part of: a column's table. Things of different kinds may share one, which costs little. */
function homeOf(id: StableId): string {
	if ('target' in id) return homeOf(id.target);
	const { schema, table, type, name } = id as Readonly<Record<string, string | undefined>>;
	return writeHome(schema, table ?? type ?? name);
}

function nameHome(object: CatalogObject | undefined): readonly string[] {
	if (object === undefined) return [];
	const names = object.kind === 'publication of table' ? object.names.slice(1) : object.names;
	return [names.length === 1 ? writeHome(undefined, names[0]) : writeHome(names[0], names[1])];
}

function writeHome(schema = '', name = ''): string {
	return `${schema}\0${name}`;
}

function isOfRelation(id: StableId): boolean {
	return 'target' in id ? isOfRelation(id.target) : OF_RELATIONS.has(id.kind);
}

const OF_RELATIONS: ReadonlySet<Fact['id']['kind']> = new Set([
	...(['table', 'foreignTable', 'view', 'materializedView', 'sequence', 'index'] as const),
	...(['column', 'default', 'constraint', 'trigger', 'rule', 'policy'] as const),
]);
