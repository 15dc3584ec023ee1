import type { Session } from '../database/session.ts';
import type { Statement } from '../sql/parse-statements.ts';
import { demandsRows, drops, refusesNulls } from './demands-rows.ts';
import { isRemade } from './find-replaced.ts';
import type { Kept } from './kept.ts';
import { canMatch } from './match-rows.ts';
import { mayWriteRows, namesTable } from './may-write-rows.ts';
import { readTable, type TableFacts } from './read-table.ts';
import { refillColumns } from './refill-columns.ts';
import type { Pending, RefillState } from './refill-state.ts';
import { refillTable } from './refill-table.ts';

/** Where the step stands. */
export interface Moment {
	/** The statements that are still to run. */
	readonly rest: readonly Statement[];
	/** The statement that has just run; absent: everything may have changed. */
	readonly done?: Statement;
	/** The column cannot wait: it has to be strict at once. */
	readonly isPressing?: boolean;
}

/**
 * Gives back whatever can go back now: its table, its column or its type has been made again by the statements so far. What one of the
 * statements to come fills in must not take the place of what is kept.
 */
export async function refillReady(
	session: Session,
	state: RefillState,
	{ rest, done, isPressing = false }: Moment = { rest: [] },
): Promise<void> {
	const waiting = state.pending.filter(
		(each) => mayHaveMade(done, each, rest) && (isPressing || !isWrittenLater(each.kept, rest)),
	);
	const tables = await readTables(session, waiting);
	const ready = waiting.filter((each) => isReady(each, tables.get(keyOf(each.kept)), { state, rest }));
	if (ready.length === 0) return;
	state.pending = state.pending.filter((each) => !ready.includes(each));
	for (const group of groupByStore(ready)) {
		const table = tables.get(keyOf((group[0] as Pending).kept)) as TableFacts;
		const kept = group.map((each) => each.kept);
		if (kept[0]?.kind === 'table') await refillTable(session, { table, kept: kept[0], state });
		else await refillColumns(session, { table, kept, state });
	}
}

/** A look at every table after every statement takes its time where there are many. */
function mayHaveMade(
	done: Statement | undefined,
	{ kept, start }: Pending,
	rest: readonly Statement[],
): boolean {
	if (done === undefined || rest.length === 0 || !TARGETED.has(done.kind)) return true;
	// What happens to a parent happens to its children; what is only changed waits for a statement about another table, too.
	if (start?.hasParents || (start !== undefined && isRemade(kept.details))) return true;
	return namesTable(done, kept.place.table);
}

/** Statements that change the table that they name, and no other but its children. */
const TARGETED = new Set([
	'CreateStmt',
	'CreateEnumStmt',
	'CreateSeqStmt',
	'AlterTableStmt',
	'IndexStmt',
	'CommentStmt',
	'CreatePolicyStmt',
]);

/** Rows without a key are found by what they hold, which a statement that writes them may change. */
function isWrittenLater(kept: Kept, later: readonly Statement[]): boolean {
	const { details } = kept;
	if ('matching' in details && details.matching.kind === 'row') return false;
	// What follows on the column's being strict finds it filled.
	const strict = later.findIndex((statement) => refusesNulls(statement, kept));
	return later
		.slice(0, strict < 0 ? later.length : strict)
		.some((statement) => mayWriteRows(statement, kept));
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

interface Situation extends Moment {
	readonly state: RefillState;
}

function isReady(
	{ kept, start, narrowed, stays, isCleared }: Pending,
	table: TableFacts | undefined,
	situation: Situation,
): boolean {
	const { details } = kept;
	if (table === undefined || stays !== undefined || details.kind === 'sequence') return false;
	if (details.kind === 'table') {
		const isWhole = details.columns.every(({ name }) => findColumn(table, name) !== undefined);
		return isWhole && (table.oid !== start?.oid || (isCleared === true && isDue(kept, table, situation)));
	}
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
	if (before === undefined || before.number !== column.number || before.isGenerated) return true;
	return isRemade(details) && situation.state.mayReplace && isDue(kept, table, situation);
}

/** What stands there is not made again, but changed: until the end, or until a statement looks at the rows. */
function isDue({ place, column, details }: Kept, table: TableFacts, { rest }: Situation): boolean {
	const [next] = rest;
	if (next === undefined) return true;
	if (!demandsRows(next, place) || rest.some((each) => drops(each, place, column))) return false;
	const stored = details.kind === 'table' ? details.columns : 'column' in details ? [details.column] : [];
	return stored.every(({ name, type }) => findColumn(table, name)?.type === type);
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
