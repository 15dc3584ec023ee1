import type { Session } from '../database/session.ts';
import type { SqlFailure } from '../database/sql-failure.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import { conflictColumn, keptConflict } from './fill-or-name.ts';
import type { KeptConstraint, KeptDetails } from './kept.ts';
import { quoteTable, storeTable } from './kept-schema.ts';
import { fromRows, joinRows, namesOf } from './match-rows.ts';
import { quietly } from './quietly.ts';
import { readTable, type TableFacts } from './read-table.ts';
import type { Refilled, RefillState } from './refill-state.ts';

/**
 * Deals with a statement that refused because of values which came back before it: a foreign key whose target was deleted since, a
 * check that other columns break now. Takes those values out again and leaves them kept, where that was asked for.
 * @returns false when the refusal has nothing to do with what came back
 * @throws CompanionError `KEPT_CONFLICT` that names the rows, unless conflicts are to be skipped
 */
export async function resolveViolation(
	session: Session,
	state: RefillState,
	failure: SqlFailure,
): Promise<boolean> {
	if (!/^23/.test(failure.sqlState) || failure.constraint === undefined) return false;
	for (const refilled of state.refilled) {
		const { kept } = refilled;
		if (kept.details.kind === 'sequence' || kept.store === undefined) continue;
		const constraint = kept.details.constraints.find(({ name }) => name === failure.constraint);
		const table = constraint && (await readTable(session, kept.place));
		if (constraint === undefined || table === undefined) continue;
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
	const breaks = breakingRows(constraint);
	const examples = await nameRows(session, table, constraint, breaks);
	if (examples.length === 0) return false;
	if (!state.skipConflicts) throw keptConflict([refilled.kept], examples, failure);
	const store = storeTable(refilled.kept.store ?? '');
	await session.run(`ALTER TABLE ${store} ADD COLUMN IF NOT EXISTS ${conflictColumn} text`);
	const taken = await quietly(session, table, () =>
		refilled.kept.details.kind === 'table'
			? takeRows(session, violation, store)
			: takeValues(session, violation, store),
	);
	refilled.conflicts += taken;
	return taken > 0;
}

/** A condition on the row `t`. */
function breakingRows({ columns, target, check }: KeptConstraint): string {
	if (target === undefined) return `NOT (${check})`;
	const isSet = columns.map((name) => `t.${quoteIdentifier(name)} IS NOT NULL`);
	const isSame = columns.map(
		(name, place) => `r.${quoteIdentifier(target.columns[place] ?? '')} = t.${quoteIdentifier(name)}`,
	);
	return `${isSet.join(' AND ')} AND NOT EXISTS (SELECT FROM ${quoteTable(target)} r WHERE ${isSame.join(' AND ')})`;
}

async function nameRows(
	session: Session,
	table: TableFacts,
	{ name, columns, target }: KeptConstraint,
	breaks: string,
): Promise<readonly string[]> {
	const shown = [...new Set([...(table.keys[0] ?? []), ...columns])].slice(0, 5);
	const parts = shown.map(
		(column) =>
			`${quoteLiteral(`${column} `)} || coalesce(left(t.${quoteIdentifier(column)}::text, 60), 'NULL')`,
	);
	const why = target === undefined ? `breaks ${name}` : `breaks ${name}: no such row in ${target.table}`;
	const [rows = []] = await session.run(
		`SELECT concat_ws(', ', ${parts.join(', ')}) AS row FROM ${fromRows(table)} WHERE ${breaks} LIMIT 10`,
	);
	return rows.map(({ row }) => `${row}: ${why}`);
}

async function takeRows(
	session: Session,
	{ refilled, constraint, table }: Violation,
	store: string,
): Promise<number> {
	const { details } = refilled.kept;
	if (details.kind !== 'table') return 0;
	const names = details.columns.map(({ name }) => quoteIdentifier(name));
	const values = details.columns.map(
		({ name, isText }) => `gone.${quoteIdentifier(name)}${isText ? '::text' : ''}`,
	);
	const reason = quoteLiteral(`breaks ${constraint.name}`);
	const [[row] = []] = await session.run(
		`WITH gone AS (DELETE FROM ${fromRows(table)} WHERE ${breakingRows(constraint)} RETURNING t.*),
			back AS (INSERT INTO ${store} (${[...names, conflictColumn].join(', ')}) SELECT ${[...values, reason].join(', ')} FROM gone RETURNING 1)
		SELECT count(*) AS count FROM back`,
	);
	return Number(row?.count);
}

async function takeValues(
	session: Session,
	{ refilled, constraint, table }: Violation,
	store: string,
): Promise<number> {
	const details = refilled.kept.details as Extract<KeptDetails, { kind: 'column' | 'values' }>;
	const join = joinRows(table, details.matching, namesOf(details.matching));
	const breaks = breakingRows(constraint);
	const [[row] = []] = await session.run(
		`WITH broken AS (SELECT t.ctid AS place, t.tableoid AS relation FROM ${fromRows(table)} WHERE ${breaks}),
			marked AS (UPDATE ${store} s SET ${conflictColumn} = ${quoteLiteral(`breaks ${constraint.name}`)}
				FROM ${join.live.startsWith('(') ? join.live : `(SELECT t.ctid AS kept_place, t.tableoid AS kept_table, t.* FROM ${fromRows(table)}) l`} JOIN broken ON broken.place = l.kept_place AND broken.relation = l.kept_table
				WHERE ${join.on} RETURNING 1)
		SELECT count(*) AS count FROM marked`,
	);
	const column = quoteIdentifier(details.column.name);
	await session.run(`UPDATE ${fromRows(table)} SET ${column} = NULL WHERE ${breaks}`);
	return Number(row?.count);
}
