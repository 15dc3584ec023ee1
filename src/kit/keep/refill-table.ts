import type { Session } from '../database/session.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { fillOrName } from './fill-or-name.ts';
import type { Kept, StoredColumn } from './kept.ts';
import { quoteTable, storeTable } from './kept-schema.ts';
import { fromRows, joinRows, type RowJoin, readFromStore } from './match-rows.ts';
import { quietly } from './quietly.ts';
import type { TableFacts } from './read-table.ts';
import type { RefillState } from './refill-state.ts';

export interface TableRefill {
	readonly table: TableFacts;
	readonly kept: Kept;
	readonly state: RefillState;
}

/** Puts a table's rows back. Sequences follow at the end of the step: they may not belong to the table yet. */
export async function refillTable(session: Session, { table, kept, state }: TableRefill): Promise<void> {
	if (kept.details.kind !== 'table') return;
	const { columns, positions } = kept.details;
	state.positions.push(...positions.map((position) => ({ ...kept.place, ...position, isExact: false })));
	const conflicts = kept.store === undefined ? 0 : await insertRows(session, { table, kept, state }, columns);
	const report = {
		subject: kept.subject,
		kind: kept.kind,
		refilled: kept.rows - conflicts,
		deletedSince: 0,
		insertedSince: 0,
		changedSince: 0,
		conflicts,
	};
	state.refilled.push({ kept, report, conflicts });
}

async function insertRows(
	session: Session,
	{ table, kept, state }: TableRefill,
	columns: readonly StoredColumn[],
): Promise<number> {
	const store = storeTable(kept.store ?? '');
	const wanted = columns.filter(({ name }) =>
		table.columns.some((each) => each.name === name && !each.isGenerated),
	);
	const names = wanted.map(({ name }) => quoteIdentifier(name)).join(', ');
	const values = wanted
		.map((column) => readFromStore(column, 's', findColumn(table, column.name)))
		.join(', ');
	const into = `INSERT INTO ${quoteTable(table)}`;
	const select =
		wanted.length === 0
			? `${into} SELECT FROM ${store} s`
			: `${into} (${names}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM ${store} s`;
	const describe = names === '' ? [] : wanted.map(({ name }) => name);
	const fill = (statement: string) =>
		fillOrName(session, { statement, store, kept: [kept], skipConflicts: state.skipConflicts, describe });
	return await quietly(session, table, async () => {
		const own = state.isInUse(kept) ? undefined : await findOwnRows(session, table, wanted);
		if (own === undefined) return await fill(`${select} WHERE true`);
		const { live, on, update, from } = own.join;
		const assignments = wanted
			.filter(({ name }) => !own.key.includes(name))
			.map(
				(column) =>
					`${quoteIdentifier(column.name)} = ${readFromStore(column, 's', findColumn(table, column.name))}`,
			);
		const changed =
			assignments.length === 0 ? 0 : await fill(`${update} ${assignments.join(', ')} ${from(store)}`);
		const added = await fill(`${select} WHERE NOT EXISTS (SELECT FROM ${live} WHERE ${on})`);
		return Math.max(changed, added);
	});
}

interface OwnRows {
	readonly key: readonly string[];
	readonly join: RowJoin;
}

/**
 * Rows that the step itself has inserted into the table that it made: each gives way to the kept row of its key. In a table without a key
 * all of them do, since nobody can say which is which, and no other table refers to them.
 * @returns undefined where there are none
 */
async function findOwnRows(
	session: Session,
	table: TableFacts,
	wanted: readonly StoredColumn[],
): Promise<OwnRows | undefined> {
	const [[row] = []] = await session.run(`SELECT FROM ${fromRows(table)} LIMIT 1`);
	if (row === undefined) return undefined;
	const columns = new Map(wanted.map((column) => [column.name, column]));
	const key = table.keys.find((names) => names.every((name) => columns.has(name)));
	if (key === undefined) {
		await session.run(`DELETE FROM ${fromRows(table)}`);
		return undefined;
	}
	const matching = { kind: 'key', columns: key.map((name) => columns.get(name) as StoredColumn) } as const;
	return { key, join: joinRows(table, matching, key) };
}

function findColumn(table: TableFacts, name: string) {
	return table.columns.find((column) => column.name === name);
}
