import type { Kept, KeptPosition, RefillReport, TablePlace } from './kept.ts';
import type { TableFacts } from './read-table.ts';

/** Kept data that the running step should give back, with what stood in its place when the step began. */
export interface Pending {
	readonly kept: Kept;
	/** The table of that name, as it was. */
	readonly start: TableFacts | undefined;
	/** For `values`: the column that holds what was left of them. */
	readonly narrowed?: { readonly oid: string; readonly number: number; readonly typeIdentity: string };
	/** The table is another's of the same name, and the rows that stood in it have been taken out. */
	readonly isCleared?: boolean;
	/** Known by now: it cannot come back, and why. */
	readonly stays?: string;
}

/** Kept data that is back in its table, until the end of the step at least. */
export interface Refilled {
	readonly kept: Kept;
	readonly report: RefillReport;
	/** Values that a constraint refused, so far. */
	conflicts: number;
}

/** Where the sequence of a column stood. */
export interface RefillPosition extends TablePlace, KeptPosition {
	/** No row that came since has taken a number: what the sequence gave out to fill the new column counts for nothing. */
	readonly isExact: boolean;
}

/** A refill in the making: what still waits, and what is done. */
export interface RefillState {
	pending: readonly Pending[];
	readonly refilled: Refilled[];
	/** Set when everything else is done: until then the sequences may not be there. */
	readonly positions: RefillPosition[];
	readonly skipConflicts: boolean;
	/** What stands where kept data belongs, and is not made anew by the step, is set aside and gives way. */
	readonly mayReplace: boolean;
	/** The rows of what comes back are in use already: values that somebody has filled in meanwhile stay as they are. */
	readonly isInUse: (kept: Kept) => boolean;
}

/** The report of something that stays kept. */
export function reportStaying({ subject, kind }: Kept, stays: string): RefillReport {
	return {
		subject,
		kind,
		refilled: 0,
		deletedSince: 0,
		insertedSince: 0,
		changedSince: 0,
		conflicts: 0,
		stays,
	};
}
