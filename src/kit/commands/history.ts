import type { History } from '../history/history.ts';
import type { Journal } from '../journal/journal.ts';
import { markKept } from './mark-kept.ts';
import type { ProjectOptions } from './project-options.ts';
import { readHistory } from './read-history.ts';
import { readJournalOrNoneMeanwhile } from './read-journal-or-none.ts';
import { type Project, withProject } from './with-project.ts';

export interface HistoryOptions extends ProjectOptions {
	/** `from:to`, either end optional, both included; any target. */
	readonly range?: string;
}

export interface HistoryReport extends History {
	/** `app@db.example.com:5432/shop` */
	readonly database: string;
}

/**
 * Every migration with its state, when, how long and by whom it was applied, and what is wrong. Changes nothing.
 * @throws CompanionError `JOURNAL_NOT_FOUND`, `JOURNAL_INVALID`, `LEDGER_UNREADABLE`; the target's codes for a wrong range
 */
export async function history(options: HistoryOptions = {}): Promise<HistoryReport> {
	const work = async ({ session, config }: Project, journal: Promise<Journal>): Promise<HistoryReport> => {
		const history = await readHistory(session, config, journal);
		const report = { database: session.label, ...(await markKept(session, config, history)) };
		if (options.range === undefined) return report;
		const { selectRange } = await import('../plan/select-range.ts');
		return { ...report, entries: selectRange(report, options.range) };
	};
	return await withProject(options, work, ({ folder }) => readJournalOrNoneMeanwhile(folder));
}

export interface CurrentReport {
	readonly database: string;
	/** The newest applied migration; absent at base. */
	readonly tag?: string;
	readonly position: number;
	readonly head: number;
	readonly pending: readonly string[];
	readonly isAtHead: boolean;
	/** False: the database has never been under migrations. */
	readonly hasLedger: boolean;
	readonly problems: History['problems'];
}

/** Where the database stands. Changes nothing, and works before the first migration exists. */
export async function current(options: ProjectOptions = {}): Promise<CurrentReport> {
	const work = async ({ session, config }: Project, journal: Promise<Journal>): Promise<CurrentReport> => {
		const history = await readHistory(session, config, journal, { isBrief: true });
		const { position, head, entries, hasLedger, problems } = history;
		const tag = entries[position - 1]?.tag;
		const pending = entries.filter(({ state }) => state === 'pending').map((entry) => entry.tag);
		const blocking = problems.filter(({ code }) =>
			['EDITED', 'OUT_OF_ORDER', 'UNKNOWN_APPLIED', 'FILE_MISSING'].includes(code),
		);
		const isAtHead = pending.length === 0 && blocking.length === 0;
		return {
			database: session.label,
			position,
			head,
			pending,
			isAtHead,
			hasLedger,
			problems: blocking,
			...(tag === undefined ? {} : { tag }),
		};
	};
	// What the ways back are is not asked here, and reading them would be half of the work.
	return await withProject(options, work, ({ folder }) =>
		readJournalOrNoneMeanwhile(folder, { downs: 'later' }),
	);
}
