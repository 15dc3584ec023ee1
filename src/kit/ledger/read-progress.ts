import type { LedgerName } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import { logTable } from './ledger-name.ts';

/** How far a migration that runs outside a transaction came. */
export interface Progress {
	/** How many statements are done. */
	readonly statements: number;
	/** Of the text of those statements. */
	readonly checksum: string;
	/** True: the statement behind them was begun, and nobody knows how it ended. */
	readonly isUncertain: boolean;
}

/** The progress recorded since the migration was applied or reverted last; undefined when there is none. */
export async function readProgress(
	session: Session,
	ledger: LedgerName,
	{ when, tag }: { readonly when: number; readonly tag: string },
): Promise<Progress | undefined> {
	const [[row] = []] = await session.run(
		`SELECT kind, statements, checksum FROM ${logTable(ledger)} WHERE "when" = ${when} AND tag = ${quoteLiteral(tag)} ORDER BY id DESC LIMIT 1`,
	);
	if (row?.kind !== 'progress' && row?.kind !== 'attempt') return undefined;
	return {
		statements: Number(row.statements),
		checksum: row.checksum ?? '',
		isUncertain: row.kind === 'attempt',
	};
}
