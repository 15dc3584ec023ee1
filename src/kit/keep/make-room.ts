import type { Session } from '../database/session.ts';
import type { Statement } from '../sql/parse-statements.ts';
import { quoteLiteral, quoteQualified } from '../sql/quote-identifier.ts';
import { altersColumns, drops } from './demands-rows.ts';
import { isRemade } from './find-replaced.ts';
import { fromRows } from './match-rows.ts';
import { quietly } from './quietly.ts';
import { readTable, type TableFacts } from './read-table.ts';
import type { Pending, RefillState } from './refill-state.ts';
import { unfiltered } from './unfiltered.ts';

/**
 * Takes the rows out of a table that is to become again what it was before the opposite step made another of its name. They have been
 * set aside. Done as late as possible: right before the first statement that changes the table's columns, or at the end.
 * @param rest the statements of the step that are still to run
 */
export async function makeRoom(
	session: Session,
	state: RefillState,
	rest: readonly Statement[],
): Promise<void> {
	const pending: Pending[] = [];
	for (const each of state.pending)
		pending.push(needsRoom(each, state, rest) ? { ...each, ...(await clear(session, each)) } : each);
	state.pending = pending;
}

function needsRoom(
	{ kept, start, isCleared, stays }: Pending,
	{ mayReplace }: RefillState,
	rest: readonly Statement[],
): boolean {
	if (kept.kind !== 'table' || !isRemade(kept.details) || start === undefined) return false;
	if (!mayReplace || isCleared || stays !== undefined) return false;
	const [next] = rest;
	return (
		(next === undefined || altersColumns(next, kept.place)) &&
		!rest.some((statement) => drops(statement, kept.place))
	);
}

async function clear(
	session: Session,
	{ kept, start }: Pending,
): Promise<Pick<Pending, 'isCleared' | 'stays'>> {
	const table = await readTable(session, kept.place);
	if (table === undefined || table.oid !== start?.oid) return {};
	const referring = await findReferring(session, table);
	if (referring !== undefined)
		return { stays: `rows of ${referring} refer to the rows that are in ${table.schema}.${table.table} now` };
	await quietly(session, table, () => session.run(`DELETE FROM ${fromRows(table)}`));
	return { isCleared: true };
}

/** Another table whose rows would break, or be deleted along. */
async function findReferring(session: Session, { oid }: TableFacts): Promise<string | undefined> {
	const [keys = []] = await session.run(
		`SELECT n.nspname AS schema, r.relname AS name, (SELECT string_agg(format('%I IS NOT NULL', a.attname), ' AND ') FROM pg_attribute a WHERE a.attrelid = o.conrelid AND a.attnum = ANY (o.conkey)) AS is_set
		FROM pg_constraint o JOIN pg_class r ON r.oid = o.conrelid JOIN pg_namespace n ON n.oid = r.relnamespace WHERE o.confrelid = ${quoteLiteral(oid)} AND o.conrelid <> o.confrelid AND o.contype = 'f'`,
	);
	for (const { schema, name, is_set } of keys) {
		const table = await readTable(session, { schema: schema ?? '', table: name ?? '' });
		if (table === undefined) continue;
		const query = `SELECT FROM ${fromRows(table)} WHERE ${is_set} LIMIT 1`;
		const [rows = []] = await unfiltered(session, table, () => session.run(query));
		if (rows.length > 0) return quoteQualified(table.schema, table.table);
	}
	return undefined;
}
