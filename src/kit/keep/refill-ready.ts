import type { Session } from '../database/session.ts';
import type { Statement } from '../sql/parse-statements.ts';
import type { Kept } from './kept.ts';
import { canMatch } from './match-rows.ts';
import { mayWriteRows } from './may-write-rows.ts';
import { readTable, type TableFacts } from './read-table.ts';
import { refillColumns } from './refill-columns.ts';
import type { Pending, RefillState } from './refill-state.ts';
import { refillTable } from './refill-table.ts';

/**
 * Gives back whatever can go back now: its table, its column or its type has been made again by the statements so far.
 * @param later the statements of the step that are still to run: what one of them fills in must not take the place of what is kept
 */
export async function refillReady(
	session: Session,
	state: RefillState,
	later: readonly Statement[] = [],
): Promise<void> {
	const waiting = state.pending.filter(({ kept }) => !isWrittenLater(kept, later));
	const tables = await readTables(session, waiting);
	const ready = waiting.filter((each) => isReady(each, tables.get(keyOf(each.kept))));
	if (ready.length === 0) return;
	state.pending = state.pending.filter((each) => !ready.includes(each));
	for (const group of groupByStore(ready)) {
		const table = tables.get(keyOf((group[0] as Pending).kept)) as TableFacts;
		const kept = group.map((each) => each.kept);
		if (kept[0]?.kind === 'table') await refillTable(session, { table, kept: kept[0], state });
		else await refillColumns(session, { table, kept, state });
	}
}

/** Rows without a key are found by what they hold, which a statement that writes them may change. */
function isWrittenLater(kept: Kept, later: readonly Statement[]): boolean {
	const { details } = kept;
	if ('matching' in details && details.matching.kind === 'row') return false;
	return later.some((statement) => mayWriteRows(statement, kept));
}

async function readTables(
	session: Session,
	pending: readonly Pending[],
): Promise<ReadonlyMap<string, TableFacts | undefined>> {
	const tables = new Map<string, TableFacts | undefined>();
	for (const { kept, stays } of pending) {
		if (kept.kind === 'sequence' || stays !== undefined || tables.has(keyOf(kept))) continue;
		tables.set(keyOf(kept), await readTable(session, kept.place));
	}
	return tables;
}

function keyOf({ place: { schema, table } }: Kept): string {
	return JSON.stringify([schema, table]);
}

function isReady({ kept, start, narrowed, stays }: Pending, table: TableFacts | undefined): boolean {
	const { details } = kept;
	if (table === undefined || stays !== undefined || details.kind === 'sequence') return false;
	if (details.kind === 'table')
		return (
			table.oid !== start?.oid && details.columns.every(({ name }) => findColumn(table, name) !== undefined)
		);
	const column = findColumn(table, kept.column);
	if (column === undefined || column.isGenerated || !canMatch(table, details.matching)) return false;
	if (details.kind === 'values') {
		const isOther =
			table.oid !== narrowed?.oid ||
			column.number !== narrowed.number ||
			column.typeIdentity !== narrowed.typeIdentity;
		return isOther && column.type === details.column.type;
	}
	const before = table.oid === start?.oid ? findColumn(start, kept.column) : undefined;
	// A generated column that becomes an ordinary one can hold what was kept of it.
	return before === undefined || before.number !== column.number || before.isGenerated;
}

function findColumn(table: TableFacts, name: string | undefined) {
	return table.columns.find((column) => column.name === name);
}

/** Columns that lie in one store go back in one statement. */
function groupByStore(ready: readonly Pending[]): readonly (readonly Pending[])[] {
	const groups = new Map<string, Pending[]>();
	for (const each of ready) {
		const key = each.kept.store ?? `none ${each.kept.id}`;
		groups.set(key, [...(groups.get(key) ?? []), each]);
	}
	return [...groups.values()];
}
