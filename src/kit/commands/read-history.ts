import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import { compareHistory } from '../history/compare-history.ts';
import type { History } from '../history/history.ts';
import { isChecksumOfSameMigration } from '../journal/allowance-comments.ts';
import { isChecksumOfOtherLineEnds } from '../journal/checksum.ts';
import type { Journal } from '../journal/journal.ts';
import type { Ledger } from '../ledger/ledger.ts';
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
	return await followHistory(session, config, journal)();
}

/** The same for those who ask more than once: a ledger that has not changed is not compared again. */
export function followHistory(
	session: Session,
	config: Config,
	journal: Journal | (() => Journal),
): () => Promise<History> {
	const readFiles = async () => (typeof journal === 'function' ? journal() : journal);
	let last: { readonly ledger: Ledger; readonly history: History } | undefined;
	return async () => {
		// The connection is given back with nothing under way on it, whichever of the two fails.
		const results = await Promise.allSettled([readLedger(session, config.ledger), readFiles()]);
		const read = unwrap(results[1]);
		const ledger = unwrap(results[0]);
		if (last === undefined || !isDeepStrictEqual(last.ledger, ledger))
			last = { ledger, history: compareHistory(read, ledger, sameness) };
		return last.history;
	};
}

const sameness = { isSameText: isChecksumOfSameMigration, isOtherLineEnds: isChecksumOfOtherLineEnds };

function unwrap<Value>(result: PromiseSettledResult<Value>): Value {
	if (result.status === 'rejected') throw result.reason;
	return result.value;
}
