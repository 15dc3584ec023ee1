import type { Step } from '../plan/plan.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import { ledgerTable } from './ledger-name.ts';
import { literalsOf, matchRepeats } from './ledger-statements.ts';
import type { LedgerTable } from './ledger-table.ts';

/** What the guard raises: the ledger is not any more as it was when the plan was made. */
export const overtakenState = 'DC001';

/**
 * The statement that makes a step's transaction the only one that writes the ledger, and ends it when somebody was faster: drizzle's own
 * migrator, which knows no lock, or a run whose lock a pooler lost. Readers are not blocked. A role that may only insert
 * cannot lock the table; it gets the check alone.
 */
export function guardStatement(
	ledger: LedgerTable,
	step: Pick<Step, 'kind' | 'tag' | 'when' | 'checksum'> & { readonly rowId?: number },
): string {
	const table = ledgerTable(ledger);
	const body = `BEGIN
	IF has_table_privilege(${quoteLiteral(table)}, 'UPDATE, DELETE, TRUNCATE') THEN LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE; END IF;
	IF ${findChange(ledger, step)} THEN RAISE EXCEPTION USING ERRCODE = ${quoteLiteral(overtakenState)}, MESSAGE = ${quoteLiteral(describeChange(step))}; END IF;
END`;
	return `DO ${quoteLiteral(body)}`;
}

function findChange(ledger: LedgerTable, step: Parameters<typeof guardStatement>[1]): string {
	const rows = `SELECT FROM ${ledgerTable(ledger)} WHERE`;
	return step.rowId === undefined
		? `EXISTS (${rows} ${matchRepeats(ledger, literalsOf(step))})`
		: `NOT EXISTS (${rows} id = ${step.rowId})`;
}

function describeChange({ tag, rowId }: Parameters<typeof guardStatement>[1]): string {
	return rowId === undefined
		? `${tag} is recorded in the ledger already`
		: `the ledger's row ${rowId} of ${tag} is gone already`;
}

/** Keeps every other writer of the ledger out until the transaction ends; readers are not blocked. */
export function lockLedgerStatement(ledger: LedgerTable): string {
	return `LOCK TABLE ${ledgerTable(ledger)} IN SHARE ROW EXCLUSIVE MODE`;
}

const staleMark = 'drizzle-companion: the ledger has other rows by now, up to id ';

/**
 * What an INSERT into the ledger returns: the row's id. Where the session wrote the row before it, under the same lock, the next number is the
 * only one that nobody else can have had a row before: any other ends the transaction, and the whole guard has to look. It costs
 * as much as a small migration; this costs nothing, because the row is at hand.
 * @param previous the id of that row, as SQL; NULL where it is not known
 */
export function returnId(previous: string): string {
	if (previous === 'NULL') return 'RETURNING id';
	return `RETURNING CASE WHEN coalesce(id = ${previous} + 1, true) THEN id ELSE (${quoteLiteral(staleMark)} || id)::integer END AS id`;
}

/**
 * The same for a DELETE of the ledger's row and those that repeat it: ends the transaction where somebody else had deleted the row,
 * or where the row of the step before is not gone.
 * @param rowId as SQL
 * @param gone the id of that row, as SQL; NULL where there was none
 */
export function deleteExpected(
	ledger: LedgerTable,
	statement: string,
	{ rowId, gone }: { readonly rowId: string; readonly gone: string },
): string {
	return `WITH gone AS (${statement} RETURNING id)
	SELECT CASE WHEN count(*) FILTER (WHERE id = ${rowId}) > 0 AND NOT EXISTS (SELECT FROM ${ledgerTable(ledger)} WHERE id = ${gone}) THEN max(id) ELSE (${quoteLiteral(staleMark)} || count(*))::integer END AS id FROM gone`;
}

/** Says whether a transaction ended because the ledger's numbers had gone on: nobody knows yet what else was written. */
export function isIdUnexpected({
	sqlState,
	message,
}: {
	readonly sqlState: string;
	readonly message: string;
}): boolean {
	return sqlState === '22P02' && message.includes(staleMark);
}
