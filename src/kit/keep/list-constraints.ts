import type { Coming } from './coming-rows.ts';
import type { Kept, KeptConstraint } from './kept.ts';
import { droppedConstraints, mendsRows } from './mentioned-tables.ts';
import { mergeTable } from './merge-rows.ts';
import { readTable } from './read-table.ts';
import type { RefillSituation } from './refill-situation.ts';
import { isNamed, resolveMade } from './resolve-made.ts';

/** The constraints that the step makes, and those that are there, as far as what comes back may break them. */
export async function listConstraints(
	{ session, made, statements }: RefillSituation,
	group: readonly Kept[],
	{ place, table, columns }: Coming,
): Promise<readonly KeptConstraint[]> {
	const isWhole = group[0]?.kind === 'table';
	const names = new Set(columns.map(({ name }) => name));
	const dropped = droppedConstraints(statements);
	const live = (group[0]?.kind === 'values' ? (table?.constraints ?? []) : []).filter(
		({ name }) => !dropped.has(name),
	);
	const held = group.flatMap(({ details }) => ('constraints' in details ? details.constraints : []));
	const wanted = [...(await resolveMade(session, made.constraints, place)), ...live].filter(
		(constraint) =>
			(isWhole || constraint.columns.some((name) => names.has(name))) &&
			!isHeld(constraint, held, { isWhole, names }) &&
			!mendsRows(statements, [place.table, constraint.target?.table]),
	);
	return [...new Map(wanted.map((each) => [each.name, each])).values()];
}

/** What held among the rows that were set aside holds among fewer of them; a foreign key may have lost its target. */
function isHeld(
	constraint: KeptConstraint,
	held: readonly KeptConstraint[],
	{ isWhole, names }: { readonly isWhole: boolean; readonly names: ReadonlySet<string> },
): boolean {
	if (constraint.target !== undefined) return false;
	if (!isWhole && !constraint.columns.every((name) => names.has(name))) return false;
	return held.some((each) =>
		constraint.isUnique
			? each.isUnique === true &&
				[...each.columns].sort().join('\n') === [...constraint.columns].sort().join('\n')
			: each.check !== undefined && each.name === constraint.name,
	);
}

/** The rows that a foreign key will find: a table that comes back in the same step is looked at where it is kept. */
export async function findTarget(
	{ session, kept, earlier, made }: RefillSituation,
	{ target }: KeptConstraint,
): Promise<string | undefined | 'unknown'> {
	if (target === undefined) return undefined;
	const same = kept.find(
		(each) =>
			each.kind === 'table' && each.place.table === target.table && each.place.schema === target.schema,
	);
	if (same?.store !== undefined && same.details.kind === 'table') {
		const columns = same.details.columns.map((stored) => ({ stored, name: stored.name, type: stored.type }));
		return `(${mergeTable(
			same,
			columns.filter(({ name }) => target.columns.includes(name)),
		)})`;
	}
	// What the rows refer to is on its way, too: not what stands in the column now.
	if (kept.some((each) => each.kind !== 'table' && isComingInto(each, target))) return 'unknown';
	if (earlier.has(target.table) || made.columns.some(({ relation }) => isNamed(relation, target))) {
		const table = await readTable(session, target);
		const isThere =
			table && target.columns.every((name) => table.columns.some((column) => column.name === name));
		return isThere && !earlier.has(target.table) ? undefined : 'unknown';
	}
	return undefined;
}

function isComingInto(
	{ place, column = '', details }: Kept,
	target: NonNullable<KeptConstraint['target']>,
): boolean {
	const now = details.kind === 'values' ? details.after : { ...place, column };
	return now.table === target.table && now.schema === target.schema && target.columns.includes(now.column);
}
