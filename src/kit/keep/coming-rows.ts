import type { Kept, StoredColumn, TablePlace } from './kept.ts';
import { storeTable } from './kept-schema.ts';
import type { Made, MadeColumn } from './list-made.ts';
import { canMatch, joinRows } from './match-rows.ts';
import {
	type ColumnDetails,
	type ComingColumn,
	isComingBack,
	keyNow,
	mergeColumns,
	mergeTable,
} from './merge-rows.ts';
import { readTable, type TableFacts } from './read-table.ts';
import type { RefillSituation } from './refill-situation.ts';
import { isNamed } from './resolve-made.ts';

/** A column that is kept, on its way. */
export interface KeptColumn extends ComingColumn {
	readonly kept: Kept;
	/** As the step makes it; absent where the step leaves it as it is. */
	readonly made: MadeColumn | undefined;
}

/** Rows on their way into a table. */
export interface Coming {
	readonly columns: readonly KeptColumn[];
	/** A query for the rows of the table as they will be. */
	readonly merge: (columns: readonly ComingColumn[]) => string;
	/** The rows of the store that come back: a FROM clause. */
	readonly from: string;
	readonly place: TablePlace;
	readonly table?: TableFacts;
	/** Columns that name a row of the table, and columns that name a row of the store. */
	readonly key: readonly string[];
	readonly describe: readonly string[];
}

/** The rows of a dropped table; undefined when the step does not make it again. */
export function comeTable({ made }: RefillSituation, kept: Kept): Coming | undefined {
	if (kept.details.kind !== 'table') return undefined;
	const columns = kept.details.columns.flatMap((stored) => {
		const found = findMade(made, kept.place, stored.name);
		return found === undefined ? [] : [come(kept, stored, { name: stored.name, made: found })];
	});
	if (columns.length === 0) return undefined;
	return {
		columns,
		merge: (typed) => mergeTable(kept, typed),
		from: `${storeTable(kept.store ?? '')} s`,
		place: kept.place,
		describe: [],
		key: kept.details.constraints.find(({ isUnique }) => isUnique)?.columns ?? [],
	};
}

/** The values of columns that lie in one store; undefined when their rows cannot be told before the step has run. */
export async function comeColumns(
	situation: RefillSituation,
	group: readonly Kept[],
): Promise<Coming | undefined> {
	const { session, made } = situation;
	const kept = group[0] as Kept & { readonly details: ColumnDetails };
	const { details, store = '' } = kept;
	const table = await readTable(session, details.kind === 'values' ? details.after : kept.place);
	if (
		table === undefined ||
		table.isFiltered ||
		!canMatch(table, { ...details.matching, ...rename(details) })
	)
		return undefined;
	const columns = group.flatMap((each) => {
		const { column } = each.details as ColumnDetails;
		const name = details.kind === 'values' ? details.after.column : column.name;
		const found = findMade(made, table, column.name) ?? findMade(made, table, name);
		return found === undefined && details.kind === 'column'
			? []
			: [come(each, column, { name, made: found })];
	});
	const join = joinRows(table, details.matching, keyNow(details));
	await countRows(situation, group, { live: join.live, on: join.on });
	if (columns.length === 0) return undefined;
	return {
		columns,
		merge: (typed) => mergeColumns(table, kept, typed),
		from: `${storeTable(store)} s JOIN ${join.live} ON ${join.on} AND ${isComingBack(details)}`,
		place: table,
		table,
		key: table.keys[0] ?? [],
		describe: keyOf(details),
	};
}

/** The matching as it reads now that a step has renamed columns. */
function rename(details: ColumnDetails): object {
	if (details.kind === 'column') return {};
	const columns = details.after.key;
	return details.matching.kind === 'row'
		? { columns }
		: {
				columns: details.matching.columns.map((column, place) => ({
					...column,
					name: columns[place] ?? column.name,
				})),
			};
}

function keyOf({ matching }: ColumnDetails): readonly string[] {
	return matching.kind === 'key' ? matching.columns.map(({ name }) => name) : [];
}

function findMade({ columns }: Made, place: TablePlace, name: string): MadeColumn | undefined {
	return columns.findLast((each) => each.name === name && isNamed(each.relation, place));
}

function come(
	kept: Kept,
	stored: StoredColumn,
	{ name, made }: { readonly name: string; readonly made: MadeColumn | undefined },
): KeptColumn {
	const type = made === undefined ? stored.type : made.type;
	return { kept, stored, name, made, ...(type === undefined ? {} : { type }) };
}

async function countRows(
	{ session, rows }: RefillSituation,
	group: readonly Kept[],
	{ live, on }: { readonly live: string; readonly on: string },
): Promise<void> {
	const [first] = group;
	if (first?.kind !== 'column') return;
	const [[counted] = []] = await session.run(
		`SELECT count(*) FILTER (WHERE l.kept_live IS NULL) AS gone, count(*) FILTER (WHERE s.kept_there IS NULL) AS added
		FROM (SELECT s.*, true AS kept_there FROM ${storeTable(first.store ?? '')} s) s
			FULL JOIN (SELECT l.*, true AS kept_live FROM ${live}) l ON ${on}`,
	);
	for (const { id } of group) rows.set(id, { gone: Number(counted?.gone), added: Number(counted?.added) });
}
