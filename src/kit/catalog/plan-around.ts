import type { Action, FactBase, Plan, PlanOptions, StableId } from '@supabase/pg-delta';

/** Generated columns made of one that changes its type: PostgreSQL wants them gone meanwhile, which the planner does not know. */
export function findStuckColumns({ actions }: Plan, { edges }: FactBase): readonly StableId[] {
	const changes = actions.filter(changesType);
	return edges
		.filter(({ from, to }) => from.kind === 'column' && to.kind === 'column')
		.filter(({ to }) => changes.some((action) => isAbout(action, to)))
		.map(({ from }) => from);
}

/** Two plans, one after the other: the first takes the given columns away with what is made of them, the second brings all of it back. */
export async function planAround(
	columns: readonly StableId[],
	source: FactBase,
	desired: FactBase,
	options: PlanOptions,
): Promise<readonly Plan[]> {
	const { buildFactBase, plan } = await import('./pg-delta.ts');
	const gone = withDependants(columns, source);
	const isKept = (id: StableId) => !gone.has(writeId(id));
	const rest = buildFactBase(
		source.facts().filter(({ id }) => isKept(id)),
		source.edges.filter(({ from, to }) => isKept(from) && isKept(to)),
	);
	const second = plan(rest, desired, options);
	return [plan(source, rest, options), { ...second, actions: makeAfterTypes(second.actions, gone) }];
}

function changesType({ sql }: Action): boolean {
	return /^ALTER TABLE .* ALTER COLUMN .* TYPE /s.test(sql);
}

function isAbout({ sql, produces, consumes, releases }: Action, column: StableId): boolean {
	const { name } = column as { readonly name: string };
	const isNamed = sql.includes(` ALTER COLUMN "${name.replaceAll('"', '""')}" TYPE `);
	return isNamed && [...produces, ...consumes, ...releases].some((id) => writeId(id) === writeId(column));
}

/** What is part of these or made of them goes with them. */
function withDependants(ids: readonly StableId[], base: FactBase): ReadonlySet<string> {
	const gone = new Set(ids.map(writeId));
	const isGone = (id: StableId): boolean => gone.has(writeId(id)) || ('target' in id && isGone(id.target));
	for (let size = -1; size !== gone.size; ) {
		size = gone.size;
		for (const { id, parent } of base.facts())
			if (isGone(id) || (parent !== undefined && isGone(parent))) gone.add(writeId(id));
		for (const { from, to, kind } of base.edges)
			if (kind === 'depends' && isGone(to)) gone.add(writeId(from));
	}
	return gone;
}

/** What comes back waits for the last change of a type. */
function makeAfterTypes(actions: readonly Action[], gone: ReadonlySet<string>): Action[] {
	const last = actions.findLastIndex(changesType);
	const comesBack = ({ produces }: Action) => produces.some((id) => gone.has(writeId(id)));
	const early = actions.slice(0, last + 1);
	return [
		...early.filter((action) => !comesBack(action)),
		...early.filter(comesBack),
		...actions.slice(last + 1),
	];
}

function writeId(id: StableId): string {
	return JSON.stringify(Object.entries(id).sort(([one], [other]) => (one < other ? -1 : 1)));
}
