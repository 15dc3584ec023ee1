import type { Session } from '../database/session.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { quoteTable } from './kept-schema.ts';
import type { TableFacts } from './read-table.ts';
import { unfiltered } from './unfiltered.ts';

/**
 * Changes rows of a table without anybody noticing: triggers and rules are off, row-level security hides nothing, and identity
 * columns take what they are given. Afterwards everything is as it was.
 */
export async function quietly<Result>(
	session: Session,
	table: TableFacts,
	work: () => Promise<Result>,
): Promise<Result> {
	const always = table.columns.filter(({ identity }) => identity === 'a').map(({ name }) => name);
	const setGenerated = (mode: string) =>
		always.map(
			(name) =>
				`ALTER TABLE ${quoteTable(table)} ALTER COLUMN ${quoteIdentifier(name)} SET GENERATED ${mode}`,
		);
	await runAll(session, [...table.quiet, ...setGenerated('BY DEFAULT')]);
	const result = await unfiltered(session, table, work);
	await settleDeferred(session, table);
	await runAll(session, [...setGenerated('ALWAYS'), ...table.loud]);
	return result;
}

/** A table with checks that wait for the end of the transaction cannot be altered: they are made now, and wait again afterwards. */
async function settleDeferred(session: Session, { deferred }: TableFacts): Promise<void> {
	if (deferred.length === 0) return;
	const names = deferred.join(', ');
	await session.run(`SET CONSTRAINTS ${names} IMMEDIATE; SET CONSTRAINTS ${names} DEFERRED`);
}

async function runAll(session: Session, statements: readonly string[]): Promise<void> {
	if (statements.length > 0) await session.run(statements.join(';\n'));
}
