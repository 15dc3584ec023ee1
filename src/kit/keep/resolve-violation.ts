import type { Session } from '../database/session.ts';
import type { SqlFailure } from '../database/sql-failure.ts';
import type { Statement } from '../sql/parse-statements.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import { breakingRows, explainBreak, nameBreakingRows, type Rows } from './breaking-rows.ts';
import { conflictColumn, keptConflict } from './fill-or-name.ts';
import type { KeptConstraint, KeptDetails } from './kept.ts';
import { storeTable } from './kept-schema.ts';
import { listMade } from './list-made.ts';
import { fromRows, joinRows, namesOf } from './match-rows.ts';
import { quietly } from './quietly.ts';
import { readTable, type TableFacts } from './read-table.ts';
import type { Refilled, RefillState } from './refill-state.ts';
import { resolveMade } from './resolve-made.ts';
import { unfiltered } from './unfiltered.ts';

/**
 * Deals with a statement that refused because of values which came back before it: a foreign key whose target was deleted since, a
 * check or a unique key that other columns break now. Takes those values out again and leaves them kept, where that was asked for.
 * @returns false when the refusal has nothing to do with what came back
 * @throws CompanionError `KEPT_CONFLICT` that names the rows, unless conflicts are to be skipped
 */
export async function resolveViolation(
	session: Session,
	state: RefillState,
	{ failure, statement }: { readonly failure: SqlFailure; readonly statement: Statement },
): Promise<boolean> {
	if (!/^23/.test(failure.sqlState) || failure.constraint === undefined) return false;
	const made = await listMade([statement]);
	for (const refilled of state.refilled) {
		const { kept } = refilled;
		const table = kept.store === undefined ? undefined : await readTable(session, kept.place);
		if (table === undefined || kept.details.kind === 'sequence') continue;
		const known = [...(await resolveMade(session, made.constraints, table)), ...kept.details.constraints];
		const constraint = known.find(({ name }) => name === failure.constraint);
		if (constraint === undefined) continue;
		if (await takeOut(session, { refilled, constraint, table, state, failure })) return true;
	}
	return false;
}

interface Violation {
	readonly refilled: Refilled;
	readonly constraint: KeptConstraint;
	readonly table: TableFacts;
	readonly state: RefillState;
	readonly failure: SqlFailure;
}

async function takeOut(session: Session, violation: Violation): Promise<boolean> {
	const { refilled, constraint, table, state, failure } = violation;
	const rows: Rows = { from: fromRows(table) };
	const { examples } = await unfiltered(session, table, () =>
		nameBreakingRows(session, constraint, { rows, shown: table.keys[0] ?? [] }),
	);
	if (examples.length === 0) return false;
	if (!state.skipConflicts) throw keptConflict([refilled.kept], examples, { cause: failure });
	const store = storeTable(refilled.kept.store ?? '');
	await session.run(`ALTER TABLE ${store} ADD COLUMN IF NOT EXISTS ${conflictColumn} text`);
	const breaks = breakingRows(constraint, rows);
	const taken = await quietly(session, table, () =>
		refilled.kept.details.kind === 'table'
			? takeRows(session, violation, { store, breaks })
			: takeValues(session, violation, { store, breaks }),
	);
	refilled.conflicts += taken;
	return taken > 0;
}

interface Taking {
	/** Quoted and qualified. */
	readonly store: string;
	/** A condition on the row `t`. */
	readonly breaks: string;
}

async function takeRows(
	session: Session,
	{ refilled, constraint, table }: Violation,
	{ store, breaks }: Taking,
): Promise<number> {
	const { details } = refilled.kept;
	if (details.kind !== 'table') return 0;
	const names = details.columns.map(({ name }) => quoteIdentifier(name));
	const values = details.columns.map(
		({ name, isText }) => `gone.${quoteIdentifier(name)}${isText ? '::text' : ''}`,
	);
	const reason = quoteLiteral(explainBreak(constraint));
	const [[row] = []] = await session.run(
		`WITH gone AS (DELETE FROM ${fromRows(table)} WHERE ${breaks} RETURNING t.*),
			back AS (INSERT INTO ${store} (${[...names, conflictColumn].join(', ')}) SELECT ${[...values, reason].join(', ')} FROM gone RETURNING 1)
		SELECT count(*) AS count FROM back`,
	);
	return Number(row?.count);
}

/** Only what came back is taken out: rows that were inserted since keep what they have. */
async function takeValues(
	session: Session,
	{ refilled, constraint, table }: Violation,
	{ store, breaks }: Taking,
): Promise<number> {
	const details = refilled.kept.details as Extract<KeptDetails, { kind: 'column' | 'values' }>;
	const join = joinRows(table, details.matching, namesOf(details.matching));
	const column = quoteIdentifier(details.column.name);
	const [[row] = []] = await session.run(
		`WITH broken AS (SELECT t.ctid AS place, t.tableoid AS relation FROM ${fromRows(table)} WHERE ${breaks}),
			marked AS (UPDATE ${store} s SET ${conflictColumn} = ${quoteLiteral(explainBreak(constraint))}
				FROM ${withPlaces(join.live, table)} JOIN broken ON broken.place = l.kept_place AND broken.relation = l.kept_table
				WHERE ${join.on} RETURNING l.kept_place, l.kept_table),
			emptied AS (${join.update} ${column} = NULL FROM marked WHERE t.ctid = marked.kept_place AND t.tableoid = marked.kept_table RETURNING 1)
		SELECT count(*) AS count FROM emptied`,
	);
	return Number(row?.count);
}

/** The live rows with their places, by which they are found among those that break. */
function withPlaces(live: string, table: TableFacts): string {
	return live.startsWith('(')
		? live
		: `(SELECT t.ctid AS kept_place, t.tableoid AS kept_table, t.* FROM ${fromRows(table)}) l`;
}
