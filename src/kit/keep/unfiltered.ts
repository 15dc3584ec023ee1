import type { Session } from '../database/session.ts';
import { quoteTable } from './kept-schema.ts';
import type { TableFacts } from './read-table.ts';

/** Row-level security holds for a table's owner too where it is forced: it is lifted for the copy, which must see every row. */
export async function unfiltered<Result>(
	session: Session,
	table: TableFacts,
	work: () => Promise<Result>,
): Promise<Result> {
	if (!table.isFiltered) return await work();
	await session.run(`ALTER TABLE ${quoteTable(table)} NO FORCE ROW LEVEL SECURITY`);
	const result = await work();
	await session.run(`ALTER TABLE ${quoteTable(table)} FORCE ROW LEVEL SECURITY`);
	return result;
}
