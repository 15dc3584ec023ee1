import type { Config } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import { compareHistory } from '../history/compare-history.ts';
import type { History } from '../history/history.ts';
import { isChecksumOfSameMigration } from '../journal/allowance-comments.ts';
import { isChecksumOfOtherLineEnds } from '../journal/checksum.ts';
import type { Journal } from '../journal/journal.ts';
import { readLedger } from '../ledger/read-ledger.ts';

/**
 * The journal compared with the ledger as it stands now.
 * @param journal or how to read it, which is then done while the server answers
 */
export async function readHistory(
	session: Session,
	config: Config,
	journal: Journal | (() => Journal),
): Promise<History> {
	// The connection is given back with nothing under way on it, whichever of the two fails.
	const [ledger, known] = await Promise.allSettled([
		readLedger(session, config.ledger),
		(async () => (typeof journal === 'function' ? journal() : journal))(),
	]);
	if (known.status === 'rejected') throw known.reason;
	if (ledger.status === 'rejected') throw ledger.reason;
	return compareHistory(known.value, ledger.value, {
		isSameText: isChecksumOfSameMigration,
		isOtherLineEnds: isChecksumOfOtherLineEnds,
	});
}
