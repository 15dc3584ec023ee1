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
	/** The session is one connection of the server's from beginning to end: no pooler stands between. */
	readonly isDirect: boolean;
}

/**
 * Asks once what would otherwise be asked in every transaction.
 * @param creating the statements that make what is missing of the ledger, which are run first, in the same round trip
 */
export async function readMeans(
	session: Session,
	ledger: LedgerTable,
	creating: readonly string[],
): Promise<Means> {
	const question = `SELECT has_table_privilege(${quoteLiteral(ledgerTable(ledger))}, 'UPDATE, DELETE, TRUNCATE') AS may_lock, current_setting('client_connection_check_interval', true) <> '0' AS watches_client, pg_backend_pid() = ${session.pid} AS is_direct`;
	const row = (await session.run([...creating, question].join(';\n'))).at(-1)?.[0];
	return {
		mayLock: row?.may_lock === 't',
		watchesClient: row?.watches_client === 't',
		isDirect: row?.is_direct === 't',
	};
}
