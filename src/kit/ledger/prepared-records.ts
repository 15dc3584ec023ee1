import { randomBytes } from 'node:crypto';
import type { Session } from '../database/session.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import { returnId } from './guard-statement.ts';
import { insertEvent, insertRow, type LedgerEntry, nameRow, sinceBegin } from './ledger-statements.ts';
import type { LedgerTable } from './ledger-table.ts';

/** The statements that record an applied migration, prepared on one connection. */
export interface PreparedRecords {
	/** The two prepared statements' names. */
	readonly row: string;
	readonly event: string;
}

/**
 * Prepares the statements that record an applied migration, so that the server parses and plans them once and not for each. Of no use
 * behind a pooler, where the next transaction may run on another connection.
 */
export async function prepareRecords(session: Session, ledger: LedgerTable): Promise<PreparedRecords> {
	// A name of their own: the connection may be somebody else's.
	const name = `companion_${randomBytes(6).toString('hex')}`;
	const prepared = { row: `${name}_row`, event: `${name}_event` };
	const row = insertRow(ledger, { checksum: '$1', when: '$2', name: '$3' });
	const event = { kind: "'apply'", tag: '$1', when: '$2', checksum: '$3', down: '$4', statements: 'NULL' };
	await session.run(
		`PREPARE ${prepared.row} (text, bigint, text, integer) AS ${row} ${returnId('$4')};
		PREPARE ${prepared.event} (text, bigint, text, text) AS ${insertEvent(ledger, { ...event, duration: sinceBegin })}`,
	);
	return prepared;
}

/**
 * The statements that record a migration as applied, for the connection that they were prepared on.
 * @param previous as in `returnId`
 */
export function executeRecords(
	{ row, event }: PreparedRecords,
	ledger: LedgerTable,
	{ entry, previous }: { readonly entry: LedgerEntry; readonly previous: string },
): readonly [row: string, event: string] {
	const { tag, when, checksum, down } = entry;
	const name = quoteLiteral(nameRow(ledger, entry));
	return [
		`EXECUTE ${row}(${quoteLiteral(checksum)}, ${when}, ${name}, ${previous})`,
		`EXECUTE ${event}(${quoteLiteral(tag)}, ${when}, ${quoteLiteral(checksum)}, ${down === undefined ? 'NULL' : quoteLiteral(down)})`,
	];
}

/** Frees them. Harmless where a migration has done so. */
export async function forgetRecords(session: Session, { row, event }: PreparedRecords): Promise<void> {
	for (const name of [row, event]) await session.run(`DEALLOCATE ${name}`).catch(() => undefined);
}

/** Says whether a transaction ended because a prepared statement was not there: a migration may say DEALLOCATE ALL. */
export function isUnprepared({ sqlState }: { readonly sqlState: string }): boolean {
	return sqlState === '26000';
}
