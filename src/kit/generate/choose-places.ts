import type { Config } from '../config/config.ts';
import { readFolderTime, writeFolderTime } from '../journal/folder-name.ts';
import type { Journal } from '../journal/journal.ts';
import { choosePrefix } from './name-migration.ts';
import type { NewFolder } from './with-staged-folder.ts';
import { nextIndex, readRawJournal } from './write-migration.ts';

/** Where a new migration stands. */
export interface Place {
	readonly tag: string;
	/** Epoch milliseconds. */
	readonly when: number;
	readonly breakpoints: boolean;
}

export interface PlaceOptions {
	/** The parts of the tags after their prefixes, in the order in which the migrations run. */
	readonly names: readonly string[];
	/** Epoch milliseconds. */
	readonly now: number;
	/** Only of drizzle-kit 1.0: the folder that it made. */
	readonly folder?: NewFolder | undefined;
}

/** The places of migrations that are written together: each later than every migration before it. */
export function choosePlaces(
	config: Config,
	journal: Journal,
	{ names, now, folder }: PlaceOptions,
): readonly Place[] {
	const { breakpoints } = config;
	if (folder !== undefined)
		return names.map((name, step) => ({ ...followFolder(folder, name, step), breakpoints }));
	const tags = journal.migrations.map(({ tag }) => tag);
	const first = nextIndex(readRawJournal(config.folder).journal);
	// drizzle's migrator skips what is not newer than everything that it has applied; `drizzle-kit up` names folders by the second.
	const earliest = Math.max(now, ...journal.migrations.map(({ when }) => startOfNextSecond(when)));
	return names.map((name, step) => {
		const prefix = choosePrefix({ prefix: config.prefix, now, index: first + step, tags });
		const tag = `${prefix}_${name}`;
		tags.push(tag);
		return { tag, when: earliest + step * second, breakpoints };
	});
}

const second = 1_000;

function startOfNextSecond(when: number): number {
	return (Math.floor(when / second) + 1) * second;
}

/** drizzle-kit 1.0 chooses a time that is after every migration's that this one follows; folders are told apart by the second. */
function followFolder(folder: NewFolder, name: string, step: number): Omit<Place, 'breakpoints'> {
	const when = (readFolderTime(folder.tag) ?? 0) + step * second;
	return { tag: `${writeFolderTime(when)}_${name}`, when };
}
