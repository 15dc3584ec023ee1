import type { LedgerName } from '../config/config.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';

/** Drizzle's table, quoted and qualified. */
export function ledgerTable({ schema, table }: LedgerName): string {
	return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** The kit's log beside it: the ledger's name with `_log`, so that two ledgers in one schema have two logs. */
export function logTable(ledger: LedgerName): string {
	return `${quoteIdentifier(ledger.schema)}.${quoteIdentifier(logName(ledger))}`;
}

/** The log's name, unquoted; PostgreSQL cuts names at 63 bytes, so a long one is cut here first. */
export function logName({ table }: LedgerName): string {
	let stem = table;
	while (Buffer.byteLength(`${stem}_log`) > 63) stem = stem.slice(0, -1);
	return `${stem}_log`;
}
