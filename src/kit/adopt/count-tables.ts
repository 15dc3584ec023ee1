import type { LedgerName } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import { logName } from '../ledger/ledger-name.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';

/** How many tables the application has: those of extensions, the ledger and its log do not count. */
export async function countTables(session: Session, ledger: LedgerName): Promise<number> {
	const own = [ledger.table, logName(ledger)].map(quoteLiteral).join(', ');
	const [[row] = []] = await session.run(`
		SELECT count(*) AS tables FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		AND NOT (n.nspname = ${quoteLiteral(ledger.schema)} AND c.relname IN (${own}))
		AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
			WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`);
	return Number(row?.tables ?? 0);
}
