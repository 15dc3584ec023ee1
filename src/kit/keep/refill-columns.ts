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
	const counts = await count(session, {
		table,
		details,
		store: storeTable(store),
		join,
		isByHand: state.isByHand ?? false,
	});
	restorePositions(kept, state, { isExact: counts.inserted === 0 && !state.isByHand });
	const statement = `${join.update} ${details.map((each) => assign(table, each)).join(', ')} ${join.from(storeTable(store))} AND ${condition(details, state.isByHand ?? false)}`;
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
			changedSince: counts.changed,
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

function assign(table: TableFacts, { column }: ColumnDetails): string {
	const wanted = table.columns.find(({ name }) => name === column.name);
	return `${quoteIdentifier(column.name)} = ${readFromStore(column, 's', wanted)}`;
}

/** Rows that have nothing and get nothing are left alone. */
function condition(details: readonly ColumnDetails[], isByHand: boolean): string {
	if (details[0]?.kind === 'values') return `NOT s.${changedColumn}`;
	if (isByHand) return details.map(({ column }) => `t.${quoteIdentifier(column.name)} IS NULL`).join(' AND ');
	const parts = details.map(({ column }) => {
		const name = quoteIdentifier(column.name);
		return `s.${name} IS NOT NULL OR t.${name} IS NOT NULL`;
	});
	return `(${parts.join(' OR ')})`;
}

function describeRow({ matching }: ColumnDetails): readonly string[] {
	return matching.kind === 'key' ? matching.columns.map(({ name }) => name) : [];
}

interface Counted {
	readonly table: TableFacts;
	readonly details: readonly ColumnDetails[];
	readonly store: string;
	readonly join: RowJoin;
	readonly isByHand: boolean;
}

interface Counts {
	readonly deleted: number;
	readonly inserted: number;
	readonly changed: number;
	readonly values: readonly number[];
}

async function count(session: Session, { table, details, store, join, isByHand }: Counted): Promise<Counts> {
	const isValues = details[0]?.kind === 'values';
	const isFree = details.map(({ column }) => `l.${quoteIdentifier(column.name)} IS NULL`).join(' AND ');
	const goesBack = isValues ? `NOT s.${changedColumn}` : isByHand ? isFree : 'true';
	const values = details.map(
		({ column }, place) =>
			`, count(s.${quoteIdentifier(column.name)}) FILTER (WHERE ${goesBack}) AS v${place}`,
	);
	const changed = `, count(*) FILTER (WHERE NOT (${goesBack})) AS changed`;
	return await unfiltered(session, table, async () => {
		const [[live] = [], [stored] = [], [joined] = []] = await session.run(
			`SELECT count(*) AS rows FROM ${fromRows(table)}; SELECT count(*) AS rows FROM ${store};
			SELECT count(*) AS rows${changed}${values.join('')} FROM ${store} s JOIN ${join.live} ON ${join.on}`,
		);
		const matched = Number(joined?.rows);
		return {
			deleted: Number(stored?.rows) - matched,
			// Of narrowed values only those that differ are kept: whoever is not kept may be old.
			inserted: isValues ? 0 : Number(live?.rows) - matched,
			changed: Number(joined?.changed),
			values: details.map((_, place) => Number(joined?.[`v${place}`])),
		};
	});
}
