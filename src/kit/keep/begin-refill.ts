import type { Session } from '../database/session.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { afterColumn } from './compare-after.ts';
import type { Kept } from './kept.ts';
import { storeTable } from './kept-schema.ts';
import { joinRows } from './match-rows.ts';
import { readTable, type TableFacts } from './read-table.ts';
import type { Pending, RefillState } from './refill-state.ts';
import { unfiltered } from './unfiltered.ts';

/**
 * Looks at what a step can give back, before its statements run. Values that were changed since they were narrowed are let go: they
 * stay as their owner made them.
 */
export async function beginRefill(
	session: Session,
	kept: readonly Kept[],
	{ skipConflicts, mayReplace }: Pick<RefillState, 'skipConflicts' | 'mayReplace'>,
): Promise<RefillState> {
	const pending: Pending[] = [];
	for (const each of newestOfEach(kept)) {
		const start = each.kind === 'sequence' ? undefined : await readTable(session, each.place);
		const found = each.details.kind === 'values' ? await markChanged(session, each) : {};
		pending.push({ kept: each, start, ...found });
	}
	return { pending, refilled: [], positions: [], skipConflicts, mayReplace, isInUse: () => false };
}

/** What was kept twice of one thing is older each time: the newest goes back, the rest waits for somebody to decide. */
export function newestOfEach(kept: readonly Kept[]): readonly Kept[] {
	const newest = new Map(
		kept.map((each) => [JSON.stringify([each.kind, each.place.schema, each.place.table, each.column]), each]),
	);
	return [...newest.values()];
}

async function markChanged(
	session: Session,
	{ details, store }: Kept,
): Promise<Pick<Pending, 'narrowed' | 'stays'>> {
	if (details.kind !== 'values') return {};
	const { after, matching } = details;
	const table = await readTable(session, after);
	const column = table?.columns.find(({ name }) => name === after.column);
	const isThere = table && after.key.every((name) => table.columns.some((each) => each.name === name));
	if (table === undefined || column === undefined || !isThere)
		return { stays: `${after.schema}.${after.table}.${after.column} is no longer where the step left it` };
	if (store !== undefined)
		await mark(session, { table, store, column: column.name, join: joinRows(table, matching, after.key) });
	return { narrowed: { oid: table.oid, number: column.number, typeIdentity: column.typeIdentity } };
}

/** The column of a store that marks values which were changed since. */
export const changedColumn = 'kept_changed';

async function mark(
	session: Session,
	{
		table,
		store,
		column,
		join,
	}: { table: TableFacts; store: string; column: string; join: ReturnType<typeof joinRows> },
): Promise<void> {
	await unfiltered(session, table, async () => {
		await session.run(`ALTER TABLE ${storeTable(store)} ADD COLUMN IF NOT EXISTS ${changedColumn} boolean NOT NULL DEFAULT false;
			UPDATE ${storeTable(store)} s SET ${changedColumn} = true FROM ${join.live} WHERE ${join.on} AND l.${quoteIdentifier(column)}::text IS DISTINCT FROM s.${afterColumn}`);
	});
}
