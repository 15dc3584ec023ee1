import type { Session } from '../database/session.ts';
import { ledgerTable } from '../ledger/ledger-name.ts';
import type { LedgerTable } from '../ledger/ledger-table.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';

/** What a run may rely on, for this role and on this server. */
export interface Means {
	/** The role may lock the ledger against other writers; one that may only insert cannot. */
	readonly mayLock: boolean;
	/** The server watches the client's socket, so that setting this cannot fail. */
	readonly watchesClient: boolean;
}

/**
 * Asks once what would otherwise be asked in every transaction.
 * @param first statements that make ready what the run needs, in the same round trip
 */
export async function readMeans(
	session: Session,
	ledger: LedgerTable,
	first: readonly string[],
): Promise<Means> {
	const question = `SELECT has_table_privilege(${quoteLiteral(ledgerTable(ledger))}, 'UPDATE, DELETE, TRUNCATE') AS may_lock, current_setting('client_connection_check_interval', true) <> '0' AS watches_client`;
	const row = (await session.run([...first, question].join(';\n'))).at(-1)?.[0];
	return {
		mayLock: row?.may_lock === 't',
		watchesClient: row?.watches_client === 't',
	};
}
