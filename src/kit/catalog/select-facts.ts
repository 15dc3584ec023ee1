import type { DependencyEdge, Fact, StableId } from '@supabase/pg-delta';
import type { Facts } from './catalog.ts';
import type { ObjectDifference } from './compare-objects.ts';
import { homeOfFact, listHomes, writeHome } from './home.ts';

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
	const reached = follow(listHomes(differences).map(writeHome), uses);
	const affected = new Set(reached);
	for (const { user, used } of uses) if (reached.has(used)) affected.add(user);
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
	/** Whether nothing uses what uses this: a table with a foreign key is not made anew with the table that it refers to. */
	readonly isEnd: boolean;
}

function toUse({ from, to }: DependencyEdge): Use {
	return { user: homeOf(from), used: homeOf(to), isEnd: USED_BY_NOTHING.has(from.kind) };
}

const USED_BY_NOTHING: ReadonlySet<Fact['id']['kind']> = new Set(['constraint', 'trigger', 'policy']);

/** These and all that use them, however indirectly, up to what nothing uses. */
function follow(seeds: readonly string[], uses: readonly Use[]): ReadonlySet<string> {
	const users = new Map<string, string[]>();
	for (const { user, used, isEnd } of uses) {
		if (isEnd) continue;
		const known = users.get(used);
		if (known === undefined) users.set(used, [user]);
		else known.push(user);
	}
	const reached = new Set(seeds);
	// What is added on the way is visited too.
	for (const each of reached) for (const user of users.get(each) ?? []) reached.add(user);
	return reached;
}

function homeOf(id: StableId): string {
	return writeHome(homeOfFact(id));
}

function isOfRelation(id: StableId): boolean {
	return 'target' in id ? isOfRelation(id.target) : OF_RELATIONS.has(id.kind);
}

const OF_RELATIONS: ReadonlySet<Fact['id']['kind']> = new Set([
	...(['table', 'foreignTable', 'view', 'materializedView', 'sequence', 'index'] as const),
	...(['column', 'default', 'constraint', 'trigger', 'rule', 'policy'] as const),
]);
