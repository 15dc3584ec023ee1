import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { CompanionError } from '../errors.ts';

/** The error for a statement of the companion's own that failed: the connection, a privilege, a server that only reads. Any other error is given back as it is. */
export function explainSqlFailure(error: unknown, { label }: Pick<Session, 'label'>): unknown {
	if (!(error instanceof SqlFailure)) return error;
	const { message, sqlState, isConnectionLost } = error;
	if (isConnectionLost)
		return new CompanionError('DATABASE_UNREACHABLE', `The connection to ${label} was lost: ${message}.`, {
			hint: 'See where the database stands with pnpm db:current; the same command goes on from there.',
			details: { database: label, reason: sqlState },
			cause: error,
		});
	return new CompanionError('STATEMENT_FAILED', `${label}: ${message}.`, {
		hint:
			sqlState === '42501'
				? 'Run the command as a role that may do this, or grant it: the ledger and its log are made once, and written by every run.'
				: 'Mend the cause, then run the command again.',
		details: { database: label, sqlState },
		cause: error,
	});
}
