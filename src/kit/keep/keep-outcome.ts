import type { KeptReport, RefillReport } from './kept.ts';

/** What a step set aside and gave back. */
export interface KeepOutcome {
	readonly kept: readonly KeptReport[];
	readonly refilled: readonly RefillReport[];
}

/** How a run treats what its steps lose. */
export interface KeepSwitch {
	/** Tags of the steps whose losses are set aside. */
	readonly tags: ReadonlySet<string>;
	/** `when` of the steps for which something is kept that they may give back. */
	readonly refills: ReadonlySet<number>;
	/** Leave kept what cannot go back, instead of refusing the step. */
	readonly skipConflicts: boolean;
}
