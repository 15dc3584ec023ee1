import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { afterColumn } from './compare-after.ts';
import type { Kept, KeptDetails, StoredColumn } from './kept.ts';
import { storeTable } from './kept-schema.ts';
import { joinRows, namesOf, readFromStore } from './match-rows.ts';
import type { TableFacts } from './read-table.ts';

/** A kept column as it will be in its table. */
export interface ComingColumn {
	readonly stored: StoredColumn;
	/** Its name there. */
	readonly name: string;
	/** As SQL; absent where the type is not there yet: then its text is looked at. */
	readonly type?: string;
}

/** The column of merged rows that says whether something comes back to the row. */
export const backColumn = 'kept_is_back';

/** A query for the rows of a table as they will be once what is kept of it is back; nothing is locked or changed. */
export function mergeTable({ store = '' }: Kept, columns: readonly ComingColumn[]): string {
	const values = columns.map((column) => `${readComing(column)} AS ${quoteIdentifier(column.name)}`);
	return `SELECT ${[...values, `true AS ${backColumn}`].join(', ')} FROM ${storeTable(store)} s`;
}

/** The same where columns, or values of a column, come back to the rows of a table. All lie in one store. */
export function mergeColumns(
	table: TableFacts,
	kept: Kept & { readonly details: ColumnDetails },
	columns: readonly ComingColumn[],
): string {
	const { details } = kept;
	const { live, on } = joinRows(table, details.matching, keyNow(details));
	const coming = new Set(columns.map(({ name }) => name));
	const staying = table.columns
		.filter(({ name }) => !coming.has(name))
		.map(({ name }) => `l.${quoteIdentifier(name)}`);
	const isBack = isComingBack(details);
	const values = columns.map(
		(column) =>
			`CASE WHEN ${isBack} THEN ${readComing(column)}${details.kind === 'values' ? ` ELSE ${readLive(column)}` : ''} END AS ${quoteIdentifier(column.name)}`,
	);
	return `SELECT ${[...staying, ...values, `${isBack} AS ${backColumn}`].join(', ')} FROM ${live} LEFT JOIN ${storeTable(kept.store ?? '')} s ON ${on}`;
}

export type ColumnDetails = Extract<KeptDetails, { readonly kind: 'column' | 'values' }>;

/** The matching's columns as they are called now. */
export function keyNow(details: ColumnDetails): readonly string[] {
	return details.kind === 'values' ? details.after.key : namesOf(details.matching);
}

/** A condition on live rows `l` and the store `s` that is joined to them: the value goes back. Changed values stay as they are. */
export function isComingBack(details: ColumnDetails): string {
	if (details.kind === 'column') return 's.ctid IS NOT NULL';
	return `(s.ctid IS NOT NULL AND l.${quoteIdentifier(details.after.column)}::text IS NOT DISTINCT FROM s.${afterColumn})`;
}

function readComing({ stored, type }: ComingColumn): string {
	return type === undefined
		? `s.${quoteIdentifier(stored.name)}::text`
		: readFromStore(stored, 's', { type, strictType: type });
}

function readLive({ name, type }: ComingColumn): string {
	return `l.${quoteIdentifier(name)}::text${type === undefined ? '' : `::${type}`}`;
}
