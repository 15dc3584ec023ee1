/** One thing worth showing while long work runs. */
export interface ProgressEvent {
	/** A sentence in the present tense: `proving the way back`. */
	readonly message: string;
	/** How much of `total` is done, where the work is countable. */
	readonly current?: number;
	readonly total?: number;
}

/** Takes progress; the caller decides whether and how to show it. */
export type OnProgress = (event: ProgressEvent) => void;
