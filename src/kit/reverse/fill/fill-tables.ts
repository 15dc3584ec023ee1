import { quoteIdentifier } from '../../sql/quote-identifier.ts';
import type { Trial } from '../open-trial.ts';
import { findConstants, makeFittingValue, makeValues } from './make-values.ts';
import type { ColumnShape, ForeignKeyShape, Shapes, TableShape } from './read-table-shapes.ts';

/** How the rows are made: two with a value everywhere and, with `nulls`, one with NULL wherever it may be. */
export interface FillOptions {
	readonly rows: 'dense' | 'with nulls';
}

/**
 * Puts a few rows that satisfy their constraints into tables that have none, parents first. A table for which no row is
 * accepted stays empty.
 * @param tables in any order; what their foreign keys point at is filled too
 */
export async function fillTables(
	trial: Trial,
	shapes: Shapes,
	tables: readonly TableShape[],
	options: FillOptions,
): Promise<void> {
	for (const table of sortByReference(withParents(tables, shapes))) {
		const checked = await chooseForChecks(trial, shapes, table);
		const numbers = options.rows === 'dense' ? [1, 2] : [1, 2, 3];
		const inserts = numbers.map((number) =>
			writeInserts(shapes, table, number, checked.get(number) ?? new Map()),
		);
		await trial.query(writeBlock(table, inserts));
	}
}

/** With the tables that they reference, and those which in turn these cannot do without. */
function withParents(tables: readonly TableShape[], shapes: Shapes): readonly TableShape[] {
	const byIdentity = new Map(shapes.tables.map((table) => [table.identity, table]));
	const given = new Set(tables.map(({ identity }) => identity));
	const found = new Map(tables.map((table) => [table.identity, table]));
	for (const table of found.values()) {
		for (const key of table.foreignKeys) {
			const parent = byIdentity.get(key.identity);
			if (parent && (given.has(table.identity) || isRequired(table, key))) found.set(parent.identity, parent);
		}
	}
	return [...found.values()];
}

/** Parents first; in a circle, the one whose references may be NULL. */
function sortByReference(tables: readonly TableShape[]): readonly TableShape[] {
	const left = new Map(tables.map((table) => [table.identity, table]));
	const sorted: TableShape[] = [];
	while (left.size > 0) {
		const waits = (table: TableShape, isStrict: boolean) =>
			table.foreignKeys.some(
				(key) =>
					key.identity !== table.identity && left.has(key.identity) && (!isStrict || isRequired(table, key)),
			);
		const candidates = [...left.values()];
		const next =
			candidates.find((table) => !waits(table, false)) ??
			candidates.find((table) => !waits(table, true)) ??
			candidates[0];
		if (!next) break;
		left.delete(next.identity);
		sorted.push(next);
	}
	return sorted;
}

function isRequired(table: TableShape, key: ForeignKeyShape): boolean {
	return table.columns.some((column) => column.isNotNull && key.columns.includes(column.name));
}

type Chosen = ReadonlyMap<string, string>;

/** For columns with conditions on them: values that satisfy all of a table's conditions together, by row number. */
async function chooseForChecks(
	trial: Trial,
	shapes: Shapes,
	table: TableShape,
): Promise<ReadonlyMap<number, Chosen>> {
	const names = new Set(table.checks.flatMap(({ columns }) => columns));
	const chosen = new Map<number, Chosen>();
	if (names.size === 0) return chosen;
	const columns = table.columns.filter((column) => names.has(column.name) && !column.isGenerated);
	const hints = table.checks.flatMap(({ expression }) => findConstants(expression));
	for (const number of [1, 2]) {
		const found = await solveChecks(trial, shapes, table, { columns, hints, number });
		if (found) chosen.set(number, found);
	}
	return chosen;
}

const MOST_COMBINATIONS = 20_000;

async function solveChecks(
	trial: Trial,
	shapes: Shapes,
	table: TableShape,
	{ columns, hints, number }: { columns: readonly ColumnShape[]; hints: readonly string[]; number: number },
): Promise<Chosen | undefined> {
	const perColumn = Math.max(2, Math.floor(MOST_COMBINATIONS ** (1 / Math.max(columns.length, 1))));
	const candidates = columns.map((column) => {
		const values = makeValues(column, number, shapes.types, hints);
		return values.length === 0 ? ['NULL'] : values.slice(0, perColumn);
	});
	const sources = columns.map(({ name, type }, place) => {
		const rows = candidates[place]?.map(
			(value, order) => `(${value === 'NULL' ? `NULL::${type}` : value}, ${order})`,
		);
		return `(VALUES ${rows?.join(', ')}) AS c${place}(${quoteIdentifier(name)}, o${place})`;
	});
	const conditions = table.checks.map(({ expression }) => `(${expression})`).join(' AND ');
	const order = columns.map((_, place) => `o${place}`);
	const sql = `SELECT ${order.join(', ')} FROM ${sources.join(', ')} WHERE ${conditions} ORDER BY ${order.join(' + ')} LIMIT 1`;
	const row = await trial.tryQuery(sql);
	return (
		row &&
		new Map(
			columns.map(({ name }, place) => [name, candidates[place]?.[row[`o${place}`] as number] ?? 'NULL']),
		)
	);
}

/** Ways to insert one row, the fullest first. */
function writeInserts(shapes: Shapes, table: TableShape, number: number, chosen: Chosen): readonly string[] {
	const values = new Map(
		table.columns
			.filter((column) => !column.isGenerated)
			.map((column) => [column.name, valueFor(shapes, table, column, number, chosen)]),
	);
	const isNeeded = (column: ColumnShape) =>
		column.isNotNull || chosen.has(column.name) || table.keys.some((key) => key.includes(column.name));
	const required = new Map(
		[...values].filter(([name]) => table.columns.some((column) => column.name === name && isNeeded(column))),
	);
	return number === 3
		? [writeInsert(table, required)]
		: [writeInsert(table, values), writeInsert(table, required)];
}

function valueFor(
	shapes: Shapes,
	table: TableShape,
	column: ColumnShape,
	number: number,
	chosen: Chosen,
): string {
	const key = table.foreignKeys.find(({ columns }) => columns.includes(column.name));
	if (key && key.identity !== table.identity) return writeReference(key, column.name, number);
	const referenced = key?.referenced[key.columns.indexOf(column.name)];
	const source = table.columns.find(({ name }) => name === referenced) ?? column;
	const fitting = source.becomes && makeFittingValue(source, source.becomes, number, shapes.types);
	const own = chosen.get(source.name) ?? fitting ?? makeValues(source, number, shapes.types)[0];
	return own ?? (column.hasDefault ? 'DEFAULT' : 'NULL');
}

/** The same row of the other table for all columns of a foreign key, another row for another number where there is one. */
function writeReference(
	{ schema, table, columns, referenced }: ForeignKeyShape,
	column: string,
	number: number,
): string {
	const name = quoteIdentifier(referenced[columns.indexOf(column)] ?? '');
	const order = referenced.map(quoteIdentifier);
	const whole = order.map((item) => `${item} IS NOT NULL`).join(' AND ');
	const from = `FROM ${quoteIdentifier(schema)}.${quoteIdentifier(table)} WHERE ${whole} ORDER BY ${order.join(', ')}`;
	const pick = (offset: number) => `(SELECT ${name} ${from} OFFSET ${offset} LIMIT 1)`;
	return number === 1 ? pick(0) : `coalesce(${pick(number - 1)}, ${pick(0)})`;
}

function writeInsert(table: TableShape, values: ReadonlyMap<string, string>): string {
	const into = `INSERT INTO ${nameOf(table)}`;
	if (values.size === 0) return `${into} DEFAULT VALUES`;
	const columns = [...values.keys()].map(quoteIdentifier).join(', ');
	return `${into} (${columns}) OVERRIDING SYSTEM VALUE VALUES (${[...values.values()].join(', ')})`;
}

function nameOf({ schema, name }: TableShape): string {
	return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** Each row by itself: one that is refused does not take the others with it. */
function writeBlock(table: TableShape, rows: readonly (readonly string[])[]): string {
	const body = rows
		.map((ways) => ways.reduceRight((otherwise, way) => writeAttempt(way, otherwise), 'NULL;'))
		.join('\n');
	const positions = table.sequences
		.map((sequence) => `PERFORM setval('${sequence.replaceAll("'", "''")}', 1000);`)
		.map((sql) => writeAttempt(sql.slice(0, -1), 'NULL;'));
	const guarded = `IF NOT EXISTS (SELECT FROM ${nameOf(table)}) THEN\n${body}\n${positions.join('\n')}\nEND IF;`;
	return `DO $companion_fill$ BEGIN\n${guarded}\nSET CONSTRAINTS ALL IMMEDIATE;\nEND $companion_fill$`;
}

function writeAttempt(statement: string, otherwise: string): string {
	return `BEGIN ${statement}; SET CONSTRAINTS ALL IMMEDIATE; EXCEPTION WHEN OTHERS THEN ${otherwise} END;`;
}
