import { randomBytes } from 'node:crypto';
import type { Session } from '../database/session.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import { deleteExpected, returnId } from './guard-statement.ts';
import {
	deleteRowStatement,
	insertEvent,
	insertRow,
	type LedgerEntry,
	literalsOf,
	matchRepeats,
	nameRow,
	returnDuration,
	sinceLastEvent,
} from './ledger-statements.ts';
import type { LedgerTable } from './ledger-table.ts';

/** The statements that record a migration as applied or as reverted, prepared on one connection. */
export interface PreparedRecords {
	/** The prepared statements' names: the row that is written, the row that is deleted, the event. */
	readonly written: string;
	readonly deleted: string;
	readonly event: string;
}

/**
 * Gives the statements that prepare those which record a migration, so that the server parses and plans them once and not for each. Of no
 * use behind a pooler, where the next transaction may run on another connection.
 */
export function prepareRecords(ledger: LedgerTable): {
	readonly prepared: PreparedRecords;
	readonly statements: readonly string[];
} {
	// A name of their own: the connection may be somebody else's.
	const name = `companion_${randomBytes(6).toString('hex')}`;
	const prepared = { written: `${name}_written`, deleted: `${name}_deleted`, event: `${name}_event` };
	const row = insertRow(ledger, { checksum: '$1', when: '$2', name: '$3' });
	const repeats = matchRepeats(ledger, { checksum: '$1', when: '$2', tag: '$3' });
	const event = { kind: '$5', tag: '$1', when: '$2', checksum: '$3', down: '$4', statements: 'NULL' };
	const deletion = `${deleteRowStatement(ledger, '$4')} OR ${repeats}`;
	const deleting = deleteExpected(ledger, deletion, { rowId: '$4', gone: '$5' });
	const noting = insertEvent(ledger, { ...event, duration: sinceLastEvent(ledger) });
	const statements = [
		`PREPARE ${prepared.written} (text, bigint, text, bigint) AS ${row} ${returnId('$4')}`,
		`PREPARE ${prepared.deleted} (text, bigint, text, bigint, bigint) AS ${deleting}`,
		`PREPARE ${prepared.event} (text, bigint, text, text, text) AS ${noting} ${returnDuration}`,
	];
	return { prepared, statements };
}

/**
 * The statements that record a migration as applied, for the connection that they were prepared on.
 * @param previous as in `returnId`
 */
export function executeApply(
	{ written, event }: PreparedRecords,
	ledger: LedgerTable,
	{ entry, previous }: { readonly entry: LedgerEntry; readonly previous: string },
): readonly [row: string, event: string] {
	const { tag, when, checksum } = literalsOf(entry);
	const down = entry.down === undefined ? 'NULL' : quoteLiteral(entry.down);
	return [
		`EXECUTE ${written}(${checksum}, ${when}, ${quoteLiteral(nameRow(ledger, entry))}, ${previous})`,
		`EXECUTE ${event}(${tag}, ${when}, ${checksum}, ${down}, 'apply')`,
	];
}

/**
 * The same for a migration that is reverted: ends the transaction where its row is gone already.
 * @param gone as in `deleteExpected`
 */
export function executeRevert(
	{ deleted, event }: PreparedRecords,
	entry: LedgerEntry & { readonly rowId: number },
	gone: number | undefined,
): readonly [row: string, event: string] {
	const { tag, when, checksum } = literalsOf(entry);
	return [
		`EXECUTE ${deleted}(${checksum}, ${when}, ${tag}, ${entry.rowId}, ${gone ?? 'NULL'})`,
		`EXECUTE ${event}(${tag}, ${when}, ${checksum}, NULL, 'revert')`,
	];
}

/** Frees them. Harmless where a migration has done so. */
export async function forgetRecords(
	session: Session,
	{ written, deleted, event }: PreparedRecords,
): Promise<void> {
	const statements = [written, deleted, event].map((name) => `DEALLOCATE ${name}`);
	const isDone = await session.run(statements.join(';')).then(
		() => true,
		() => false,
	);
	if (!isDone) for (const statement of statements) await session.run(statement).catch(() => undefined);
}

/** Says whether a transaction ended because a prepared statement was not there: a migration may say DEALLOCATE ALL. */
export function isUnprepared({ sqlState }: { readonly sqlState: string }): boolean {
	return sqlState === '26000';
}
