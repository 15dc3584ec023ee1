import type { Session } from '../database/session.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { changedColumn } from './begin-refill.ts';
import { fillOrName } from './fill-or-name.ts';
import type { Kept, KeptDetails } from './kept.ts';
import { storeTable } from './kept-schema.ts';
import { fromRows, joinRows, namesOf, type RowJoin, readFromStore } from './match-rows.ts';
import { quietly } from './quietly.ts';
import type { TableFacts } from './read-table.ts';
import type { RefillState } from './refill-state.ts';
import { unfiltered } from './unfiltered.ts';

export interface ColumnsRefill {
	readonly table: TableFacts;
	/** Columns of one table that lie in one store. */
	readonly kept: readonly Kept[];
	readonly state: RefillState;
}

type ColumnDetails = Extract<KeptDetails, { kind: 'column' | 'values' }>;

/** Puts values back on their rows. Rows that were deleted since stay deleted, rows that were inserted since are left as they are. */
export async function refillColumns(session: Session, { table, kept, state }: ColumnsRefill): Promise<void> {
	const details = kept.map((each) => each.details as ColumnDetails);
	const [first] = details;
	const store = kept[0]?.store;
	if (first === undefined) return;
	if (store === undefined) {
		restorePositions(kept, state, { isExact: false });
		return reportNothing(kept, state);
	}
	const join = joinRows(table, first.matching, namesOf(first.matching));
	const isInUse = kept.some(state.isInUse);
	const counts = await count(session, {
		table,
		details,
		store: storeTable(store),
		join,
		isInUse,
	});
	restorePositions(kept, state, { isExact: counts.inserted === 0 && !isInUse });
	const statement = `${join.update} ${details.map((each) => assign(table, each, isInUse)).join(', ')} ${join.from(storeTable(store))} AND ${condition(table, details, isInUse)}`;
	const describe = [...describeRow(first), ...details.map(({ column }) => column.name)];
	const conflicts = await quietly(session, table, () =>
		fillOrName(session, {
			statement,
			store: storeTable(store),
			kept,
			skipConflicts: state.skipConflicts,
			describe,
		}),
	);
	for (const [place, each] of kept.entries()) {
		const report = {
			subject: each.subject,
			kind: each.kind,
			refilled: (counts.values[place] ?? 0) - conflicts,
			deletedSince: counts.deleted,
			insertedSince: counts.inserted,
			changedSince: counts.changed[place] ?? 0,
			conflicts,
			...(first.matching.kind === 'row' && counts.deleted > 0
				? { stays: `the table has no key, and ${counts.deleted} of its rows are not there as they were` }
				: {}),
		};
		state.refilled.push({ kept: each, report, conflicts });
	}
}

function restorePositions(
	kept: readonly Kept[],
	state: RefillState,
	{ isExact }: { readonly isExact: boolean },
): void {
	for (const { details, place } of kept)
		if (details.kind === 'column')
			state.positions.push(...details.positions.map((position) => ({ ...place, ...position, isExact })));
}

function reportNothing(kept: readonly Kept[], state: RefillState): void {
	for (const each of kept) {
		const report = {
			subject: each.subject,
			kind: each.kind,
			refilled: 0,
			deletedSince: 0,
			insertedSince: 0,
			changedSince: 0,
			conflicts: 0,
		};
		state.refilled.push({ kept: each, report, conflicts: 0 });
	}
}

function assign(table: TableFacts, { kind, column }: ColumnDetails, isInUse: boolean): string {
	const wanted = table.columns.find(({ name }) => name === column.name);
	const name = quoteIdentifier(column.name);
	const value = readFromStore(column, 's', wanted);
	if (kind === 'values' || !isInUse) return `${name} = ${value}`;
	return `${name} = CASE WHEN ${isFree(table, column.name, 't')} THEN ${value} ELSE t.${name} END`;
}

/** Rows that have nothing and get nothing are left alone. */
function condition(table: TableFacts, details: readonly ColumnDetails[], isInUse: boolean): string {
	if (details[0]?.kind === 'values') return `NOT s.${changedColumn}`;
	if (isInUse) return `(${details.map(({ column }) => isFree(table, column.name, 't')).join(' OR ')})`;
	const parts = details.map(({ column }) => {
		const name = quoteIdentifier(column.name);
		return `s.${name} IS NOT NULL OR t.${name} IS NOT NULL`;
	});
	return `(${parts.join(' OR ')})`;
}

/** Nobody has written anything there: the value is none, or what the column has by itself. */
function isFree(table: TableFacts, name: string, alias: string): string {
	const column = `${alias}.${quoteIdentifier(name)}`;
	const value = table.columns.find((each) => each.name === name)?.default;
	if (value == null || !CONSTANT.test(value)) return `${column} IS NULL`;
	return `(${column} IS NULL OR ${column}::text = (${value})::text)`;
}

const CONSTANT = /^(?:-?[\d.]+|true|false|'(?:[^']|'')*')(?:::[\w ."[\],()]+)?$/i;

function describeRow({ matching }: ColumnDetails): readonly string[] {
	return matching.kind === 'key' ? matching.columns.map(({ name }) => name) : [];
}

interface Counted {
	readonly table: TableFacts;
	readonly details: readonly ColumnDetails[];
	readonly store: string;
	readonly join: RowJoin;
	readonly isInUse: boolean;
}

interface Counts {
	readonly deleted: number;
	readonly inserted: number;
	readonly changed: readonly number[];
	readonly values: readonly number[];
}

async function count(session: Session, { table, details, store, join, isInUse }: Counted): Promise<Counts> {
	const isValues = details[0]?.kind === 'values';
	const columns = details.map(({ column }, place) => {
		const goesBack = isValues ? `NOT s.${changedColumn}` : isInUse ? isFree(table, column.name, 'l') : 'true';
		const value = `s.${quoteIdentifier(column.name)}`;
		return `, count(${value}) FILTER (WHERE ${goesBack}) AS v${place}, count(*) FILTER (WHERE NOT (${goesBack})) AS c${place}`;
	});
	return await unfiltered(session, table, async () => {
		const [[live] = [], [stored] = [], [joined] = []] = await session.run(
			`SELECT count(*) AS rows FROM ${fromRows(table)}; SELECT count(*) AS rows FROM ${store};
			SELECT count(*) AS rows${columns.join('')} FROM ${store} s JOIN ${join.live} ON ${join.on}`,
		);
		const matched = Number(joined?.rows);
		return {
			deleted: Number(stored?.rows) - matched,
			// Of narrowed values only those that differ are kept: whoever is not kept may be old.
			inserted: isValues ? 0 : Number(live?.rows) - matched,
			changed: details.map((_, place) => Number(joined?.[`c${place}`])),
			values: details.map((_, place) => Number(joined?.[`v${place}`])),
		};
	});
}
