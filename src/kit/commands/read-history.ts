import type { Config } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import { compareHistory } from '../history/compare-history.ts';
import type { History } from '../history/history.ts';
import { isChecksumOfSameMigration } from '../journal/allowance-comments.ts';
import { isChecksumOfOtherLineEnds } from '../journal/checksum.ts';
import type { Journal } from '../journal/journal.ts';
import { readLedger } from '../ledger/read-ledger.ts';

/** The journal compared with the ledger as it stands now. */
export async function readHistory(session: Session, config: Config, journal: Journal): Promise<History> {
	return compareHistory(journal, await readLedger(session, config.ledger), {
		isSameText: isChecksumOfSameMigration,
		isOtherLineEnds: isChecksumOfOtherLineEnds,
	});
}
