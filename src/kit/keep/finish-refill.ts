import type { Session } from '../database/session.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import { changedColumn } from './begin-refill.ts';
import { conflictColumn } from './fill-or-name.ts';
import type { Kept, RefillReport } from './kept.ts';
import { keptRegistry, quoteTable, storeTable } from './kept-schema.ts';
import { joinRows, namesOf } from './match-rows.ts';
import { readTable } from './read-table.ts';
import { type Refilled, type RefillPosition, type RefillState, reportStaying } from './refill-state.ts';
import { unfiltered } from './unfiltered.ts';

/**
 * Ends a refill, after the step's last statement: sequences go on where they stood, and what is back in its table is no longer kept.
 * What did not come back stays kept.
 */
export async function finishRefill(session: Session, state: RefillState): Promise<readonly RefillReport[]> {
	for (const position of state.positions) await setOwned(session, position);
	const reports: RefillReport[] = [];
	for (const refilled of state.refilled) reports.push(await letGo(session, refilled));
	for (const { kept, stays } of state.pending) {
		if (kept.kind === 'sequence' && (await setFree(session, kept))) {
			await forget(session, kept);
			reports.push({ ...reportStaying(kept, ''), refilled: 1, stays: undefined } as unknown as RefillReport);
		} else reports.push(reportStaying(kept, stays ?? explainAbsence(kept)));
	}
	await dropUnusedStores(session, state);
	return reports;
}

function explainAbsence({ place, column, details, kind }: Kept): string {
	const name = [place.schema, place.table, ...(column === undefined ? [] : [column])].join('.');
	if (kind === 'values')
		return `${name} did not become ${'column' in details ? details.column.type : ''} again`;
	const key =
		details.kind === 'column' ? ` with ${namesOf(details.matching).join(', ')} to find its rows by` : '';
	return `${name}${key} was not made again by this step`;
}

async function setOwned(
	session: Session,
	{ schema, table, column, ...position }: RefillPosition,
): Promise<void> {
	const [[row] = []] = await session.run(
		`SELECT pg_get_serial_sequence(${quoteLiteral(quoteTable({ schema, table }))}, a.attname) AS name FROM pg_attribute a
		WHERE a.attrelid = to_regclass(${quoteLiteral(quoteTable({ schema, table }))}) AND a.attname = ${quoteLiteral(column ?? '')} AND NOT a.attisdropped`,
	);
	if (row?.name != null) await setPosition(session, row.name, position);
}

async function setFree(session: Session, { place, details }: Kept): Promise<boolean> {
	const name = quoteTable(place);
	const [[row] = []] = await session.run(
		`SELECT FROM pg_sequence WHERE seqrelid = to_regclass(${quoteLiteral(name)})`,
	);
	const position = details.kind === 'sequence' ? details.positions[0] : undefined;
	if (row === undefined || position === undefined) return false;
	await setPosition(session, name, { ...position, isExact: false });
	return true;
}

/** Not backwards where rows that came since may have taken numbers. */
async function setPosition(
	session: Session,
	name: string,
	{ lastValue, isCalled, isExact }: Pick<RefillPosition, 'lastValue' | 'isCalled' | 'isExact'>,
): Promise<void> {
	await session.run(
		`SELECT setval(${quoteLiteral(name)}, CASE WHEN ${!isExact} AND p.is_called AND (p.last_value - ${lastValue}) * sign(q.seqincrement) > 0 THEN p.last_value ELSE ${lastValue} END,
			${isCalled} OR (${!isExact} AND p.is_called))
		FROM ${name} p, pg_sequence q WHERE q.seqrelid = ${quoteLiteral(name)}::regclass AND ${lastValue} BETWEEN q.seqmin AND q.seqmax`,
	);
}

/** What went back is taken out of the store; what could not go back stays in it. */
async function letGo(session: Session, { kept, report, conflicts }: Refilled): Promise<RefillReport> {
	const { details, store } = kept;
	const isRowMatched = 'matching' in details && details.matching.kind === 'row' && report.deletedSince > 0;
	if (store === undefined || (conflicts === 0 && !isRowMatched)) {
		await forget(session, kept);
		return report;
	}
	const rows = await keepConflicts(session, kept, { isRowMatched, hasConflicts: conflicts > 0 });
	await session.run(`UPDATE ${keptRegistry} SET rows = ${rows}, "values" = ${rows} WHERE id = ${kept.id}`);
	return { ...report, refilled: report.refilled - (conflicts - report.conflicts), conflicts };
}

async function keepConflicts(
	session: Session,
	{ details, place, store = '' }: Kept,
	{ isRowMatched, hasConflicts }: { readonly isRowMatched: boolean; readonly hasConflicts: boolean },
): Promise<number> {
	const name = storeTable(store);
	const isBack = hasConflicts ? `${conflictColumn} IS NULL` : 'true';
	const table = isRowMatched ? await readTable(session, place) : undefined;
	if (table !== undefined && 'matching' in details) {
		const { live, on } = joinRows(table, details.matching, namesOf(details.matching));
		await unfiltered(session, table, () =>
			session.run(`DELETE FROM ${name} s USING ${live} WHERE ${on} AND ${isBack}`),
		);
	} else await session.run(`DELETE FROM ${name} WHERE ${isBack}`);
	await session.run(
		`ALTER TABLE ${name} DROP COLUMN IF EXISTS ${quoteIdentifier(conflictColumn)}; ALTER TABLE ${name} DROP COLUMN IF EXISTS ${quoteIdentifier(changedColumn)}`,
	);
	const [[row] = []] = await session.run(`SELECT count(*) AS rows FROM ${name}`);
	return Number(row?.rows);
}

async function forget(session: Session, { id }: Kept): Promise<void> {
	await session.run(`DELETE FROM ${keptRegistry} WHERE id = ${id}`);
}

async function dropUnusedStores(session: Session, { refilled }: RefillState): Promise<void> {
	const stores = new Set(refilled.flatMap(({ kept }) => (kept.store === undefined ? [] : [kept.store])));
	for (const store of stores) {
		const [[used] = []] = await session.run(
			`SELECT FROM ${keptRegistry} WHERE store = ${quoteLiteral(store)} LIMIT 1`,
		);
		if (used === undefined) await session.run(`DROP TABLE ${storeTable(store)}`);
	}
}
