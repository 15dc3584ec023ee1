import type { Session } from '../database/session.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import { keptRegistry, storeTable } from './kept-schema.ts';
import { joinRows, namesOf, readForStore, toStored } from './match-rows.ts';
import { type ColumnFacts, readTable, type TableFacts } from './read-table.ts';
import { secludeStore } from './seclude-store.ts';
import type { Narrowed } from './set-aside.ts';
import { unfiltered } from './unfiltered.ts';

/** The column of a store that says what a step left of a value. */
export const afterColumn = 'kept_after';

/**
 * Completes kept values once the step has run: beside each stands what became of it, and those that came through unchanged are
 * let go. What the step renamed is found by PostgreSQL's own numbers.
 * @returns how many rows remain kept
 */
export async function compareAfter(session: Session, narrowed: Narrowed): Promise<number> {
	const { table: before, columns, matching, store } = narrowed;
	const table = await readByOid(session, before.oid);
	const column = table && columns[0] && findByNumber(table, columns[0]);
	// Dropped after all, and kept whole by what the header could not say: everything stays.
	if (table === undefined || column === undefined) return await countStore(session, store);
	const names = namesOf(matching).map((name) => nameNow(before, table, name));
	const { live, on } = joinRows(table, matching, names);
	const next = `${store.slice(0, 55)}_after`;
	const value = readForStore({ ...toStored(column), isText: true }, 'l');
	const kept = `s.${quoteIdentifier(columns[0]?.name ?? '')}`;
	await unfiltered(session, table, () =>
		session.run(
			`CREATE TABLE ${storeTable(next)} AS SELECT s.*, ${value} AS ${afterColumn} FROM ${storeTable(store)} s JOIN ${live} ON ${on} WHERE ${kept}::text IS DISTINCT FROM ${value}`,
		),
	);
	await session.run(
		`DROP TABLE ${storeTable(store)};
		ALTER TABLE ${storeTable(next)} RENAME TO ${quoteIdentifier(store)}`,
	);
	await secludeStore(session, store);
	const after = { schema: table.schema, table: table.table, column: column.name, key: names };
	return await settle(session, narrowed, after);
}

async function settle(session: Session, { store, ids }: Narrowed, after: object): Promise<number> {
	const rows = await countStore(session, store);
	const [[size] = []] = await session.run(
		`SELECT pg_table_size(${quoteLiteral(storeTable(store))}::regclass) AS bytes`,
	);
	await session.run(
		`UPDATE ${keptRegistry} SET "values" = ${rows}, bytes = ${size?.bytes ?? 0}, store = ${rows === 0 ? 'NULL' : 'store'},
		details = jsonb_set(details, '{after}', ${quoteLiteral(JSON.stringify(after))}::jsonb) WHERE id IN (${ids.join(', ')})`,
	);
	if (rows === 0) await session.run(`DROP TABLE ${storeTable(store)}`);
	return rows;
}

async function readByOid(session: Session, oid: string): Promise<TableFacts | undefined> {
	const [[row] = []] = await session.run(
		`SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ${oid}`,
	);
	return row === undefined
		? undefined
		: await readTable(session, { schema: row.schema ?? '', table: row.name ?? '' });
}

function findByNumber(table: TableFacts, { number }: ColumnFacts): ColumnFacts | undefined {
	return table.columns.find((column) => column.number === number);
}

function nameNow(before: TableFacts, now: TableFacts, name: string): string {
	const column = before.columns.find((each) => each.name === name);
	return (column && findByNumber(now, column)?.name) ?? name;
}

async function countStore(session: Session, store: string): Promise<number> {
	const [[row] = []] = await session.run(`SELECT count(*) AS rows FROM ${storeTable(store)}`);
	return Number(row?.rows);
}
