import type { Session } from '../database/session.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { fillOrName } from './fill-or-name.ts';
import type { Kept } from './kept.ts';
import { quoteTable, storeTable } from './kept-schema.ts';
import { readFromStore } from './match-rows.ts';
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
	columns: readonly Parameters<typeof readFromStore>[0][],
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
			? `${into} SELECT FROM ${store} s WHERE true`
			: `${into} (${names}) OVERRIDING SYSTEM VALUE SELECT ${values} FROM ${store} s WHERE true`;
	return await quietly(session, table, async () => {
		return await fillOrName(session, {
			statement: select,
			store,
			kept: [kept],
			skipConflicts: state.skipConflicts,
			describe: names === '' ? [] : wanted.map(({ name }) => name),
		});
	});
}

function findColumn(table: TableFacts, name: string) {
	return table.columns.find((column) => column.name === name);
}
