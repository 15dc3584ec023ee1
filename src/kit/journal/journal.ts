import type { Layout, Migration } from './migration.ts';

/** What the repository says. */
export interface Journal {
	/** The folder with the SQL files; absolute. */
	readonly folder: string;
	/** Absent: `journal`, or nothing was generated yet. */
	readonly layout?: Layout;
	/** In the journal's order, oldest first. In `folders` that is the order of their names. */
	readonly migrations: readonly Migration[];
	/** Names of `.sql` files, relative to the folder, that belong to no migration. */
	readonly orphans: readonly string[];
}
