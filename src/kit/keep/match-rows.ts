import { quoteIdentifier } from '../sql/quote-identifier.ts';
import type { RowMatching, StoredColumn } from './kept.ts';
import { quoteTable } from './kept-schema.ts';
import type { ColumnFacts, TableFacts } from './read-table.ts';

/** The columns of a store by which rows of a table without a key are found again. */
export const rowHash = 'kept_row';
export const rowNumber = 'kept_row_number';

/** A column as it is stored; types that a migration could drop become text. */
export function toStored({ name, type, isBuiltIn }: ColumnFacts): StoredColumn {
	return { name, type, isText: !isBuiltIn };
}

/** An expression that reads a column for a store. */
export function readForStore({ name, isText }: StoredColumn, alias: string): string {
	const column = `${alias}.${quoteIdentifier(name)}`;
	return isText ? `${column}::text COLLATE pg_catalog."default"` : column;
}

/** An expression that reads a stored column for a column of its table, or as the type that it was kept with. */
export function readFromStore(
	{ name, isText, type }: StoredColumn,
	alias: string,
	wanted: Pick<ColumnFacts, 'type' | 'strictType'> = { type, strictType: type },
): string {
	const column = `${alias}.${quoteIdentifier(name)}`;
	if (isText) return `${column}::${wanted.strictType}`;
	return wanted.type === type ? column : `${column}::text::${wanted.strictType}`;
}

/**
 * A table's own rows, aliased `t`, as rows are matched by: a partitioned table with its partitions, any other without its
 * descendants, which are kept each for itself.
 */
export function fromRows(table: Pick<TableFacts, 'schema' | 'table' | 'isPartitioned'>): string {
	return `${table.isPartitioned ? '' : 'ONLY '}${quoteTable(table)} t`;
}

/** What a store needs beside the values, to find their rows again. */
export function storeMatching(matching: RowMatching): readonly string[] {
	if (matching.kind === 'key')
		return matching.columns.map(
			(column) => `${readForStore(column, 't')} AS ${quoteIdentifier(column.name)}`,
		);
	return [`${hashOf(matching.columns)} AS ${rowHash}`, `${numberOf(matching.columns)} AS ${rowNumber}`];
}

/** How the live rows of a table, aliased `l`, are joined with those of a store, aliased `s`. */
export interface RowJoin {
	/** The FROM item of the live rows. */
	readonly live: string;
	readonly on: string;
	/** Begins an update of the rows: `UPDATE … SET`, and what follows the assignments, up to the condition. The row is `t`. */
	readonly update: string;
	readonly from: (store: string) => string;
}

/**
 * Joins live rows with a store.
 * @param names the matching columns' names in the table now, in the order of the matching's own
 */
export function joinRows(table: TableFacts, matching: RowMatching, names: readonly string[]): RowJoin {
	const update = `UPDATE ${fromRows(table)} SET`;
	if (matching.kind === 'row') {
		const live = `(SELECT t.ctid AS kept_place, t.tableoid AS kept_table, ${hashOf(names)} AS ${rowHash}, ${numberOf(names)} AS ${rowNumber}, t.* FROM ${fromRows(table)}) l`;
		const on = `l.${rowHash} = s.${rowHash} AND l.${rowNumber} = s.${rowNumber}`;
		const from = (store: string) =>
			`FROM ${store} s JOIN ${live} ON ${on} WHERE t.ctid = l.kept_place AND t.tableoid = l.kept_table`;
		return { live, on, update, from };
	}
	const condition = (alias: string) =>
		matching.columns
			.map((stored, place) =>
				matchColumn(
					table,
					stored,
					`${alias}.${quoteIdentifier(names[place] ?? stored.name)}`,
					names[place] ?? stored.name,
				),
			)
			.join(' AND ');
	return {
		live: fromRows(table).replace(/ t$/, ' l'),
		on: condition('l'),
		update,
		from: (store) => `FROM ${store} s WHERE ${condition('t')}`,
	};
}

function matchColumn(table: TableFacts, stored: StoredColumn, column: string, name: string): string {
	const type = table.columns.find((each) => each.name === name)?.type ?? '';
	const kept = `s.${quoteIdentifier(stored.name)}`;
	if (!stored.isText && areComparable(type, stored.type)) return `${column} = ${kept}`;
	return `${column}::text = ${type === 'uuid' ? `lower(${kept}::text)` : `${kept}::text`}`;
}

/** Types that PostgreSQL compares by value: `1` and `1.00` are the same key. */
function areComparable(type: string, other: string): boolean {
	return type === other || FAMILIES.some((family) => family.test(type) && family.test(other));
}

const FAMILIES = [
	/^(?:smallint|integer|bigint|numeric)(?:\(|$)/,
	/^(?:text|character varying|character)(?:\(|$)/,
];

/** Whether a table has the columns that a matching needs. */
export function canMatch(table: TableFacts, matching: RowMatching): boolean {
	const names = namesOf(matching);
	return names.every((name) => table.columns.some((column) => column.name === name));
}

/** The names of a matching's columns, as they were kept. */
export function namesOf(matching: RowMatching): readonly string[] {
	return matching.kind === 'row' ? matching.columns : matching.columns.map(({ name }) => name);
}

function hashOf(columns: readonly string[]): string {
	return `md5(ROW(${columns.map((name) => `t.${quoteIdentifier(name)}`).join(', ')})::text)`;
}

function numberOf(columns: readonly string[]): string {
	return `row_number() OVER (PARTITION BY ${hashOf(columns)})`;
}
