import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import { compareHistory } from '../history/compare-history.ts';
import type { History, HistoryEntry } from '../history/history.ts';
import { isChecksumOfSameMigration } from '../journal/allowance-comments.ts';
import { isChecksumOfOtherLineEnds } from '../journal/checksum.ts';
import type { Journal } from '../journal/journal.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readLedger } from '../ledger/read-ledger.ts';

export interface HistoryDepth {
	/** True: nothing is said of ways back, nor of how migrations came to be applied. Then neither down files nor the log are read. */
	readonly isBrief?: boolean;
}

/** A journal, or one that is being read, or how to read it, which is then done while the server answers. */
export type JournalSource = Journal | Promise<Journal> | (() => Journal);

/** The journal compared with the ledger as it stands now. */
export async function readHistory(
	session: Session,
	config: Config,
	journal: JournalSource,
	depth: HistoryDepth = {},
): Promise<History> {
	return await followHistory(session, config, journal)(depth);
}

/** The same for those who ask more than once: a ledger that has not changed is not compared again. */
export function followHistory(
	session: Session,
	config: Config,
	journal: JournalSource,
): (depth?: HistoryDepth) => Promise<History> {
	let last: { readonly ledger: Ledger; readonly isBrief: boolean; readonly history: History } | undefined;
	return async ({ isBrief = false } = {}) => {
		const readNow = async (hasEvents: boolean): Promise<History> => {
			// The connection is given back with nothing under way on it, whichever of the two fails.
			const results = await Promise.allSettled([
				readLedger(session, config.ledger, { hasEvents, wasThere: last?.ledger.exists ?? true }),
				readFiles(journal),
			]);
			const read = unwrap(results[1]);
			const ledger = unwrap(results[0]);
			if (last === undefined || last.isBrief !== isBrief || !isDeepStrictEqual(last.ledger, ledger)) {
				const options = { ...sameness, comparesDowns: !isBrief };
				last = { ledger, isBrief, history: compareHistory(read, ledger, options) };
			}
			return last.history;
		};
		const history = await readNow(!isBrief);
		// What a row without a file was called, the log knows.
		return !isBrief || history.entries.every(isOfJournal) ? history : await readNow(true);
	};
}

async function readFiles(journal: JournalSource): Promise<Journal> {
	return typeof journal === 'function' ? journal() : await journal;
}

function isOfJournal({ migration }: HistoryEntry): boolean {
	return migration !== undefined;
}

const sameness = { isSameText: isChecksumOfSameMigration, isOtherLineEnds: isChecksumOfOtherLineEnds };

function unwrap<Value>(result: PromiseSettledResult<Value>): Value {
	if (result.status === 'rejected') throw result.reason;
	return result.value;
}
