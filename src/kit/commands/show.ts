import { CompanionError } from '../errors.ts';
import type { HistoryEntry } from '../history/history.ts';
import { readJournal } from '../journal/read-journal.ts';
import { resolveTarget } from '../plan/resolve-target.ts';
import { type MigrationLocks, measureTags } from './measure-project.ts';
import type { ProjectOptions } from './project-options.ts';
import { readHistory } from './read-history.ts';
import { withProject } from './with-project.ts';

export interface ShowOptions extends ProjectOptions {
	readonly target: string;
}

export interface ShowReport {
	readonly database: string;
	readonly entry: HistoryEntry;
	/** What each statement of its up locks, measured, with the sizes of this database's tables. */
	readonly locks: MigrationLocks;
}

/** One migration: its SQL both ways, what it loses, what it locks, its proof and its ledger row. Changes nothing. */
export async function show(options: ShowOptions): Promise<ShowReport> {
	return await withProject(options, async ({ session, config }) => {
		const journal = readJournal(config.folder);
		const history = await readHistory(session, config, journal);
		const position = resolveTarget(options.target, {
			tags: history.entries.map(({ tag }) => tag),
			position: history.position,
		});
		const entry = history.entries[position - 1];
		if (entry === undefined)
			throw new CompanionError(
				'TARGET_OUT_OF_RANGE',
				'base is before the first migration: there is nothing to show.',
				{ hint: 'Name a migration: see pnpm db:history.' },
			);
		const { onProgress, signal } = options;
		const locks = await measureTags({ config, session }, journal, {
			tags: [entry.tag],
			signal,
			...(onProgress === undefined ? {} : { onProgress }),
		});
		return { database: session.label, entry, locks };
	});
}
