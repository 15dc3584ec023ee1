/** One way of doing what a case is about: a command that is timed as a whole process. */
export interface Contender {
	readonly name: string;
	/** The program and its arguments. */
	readonly command: readonly [string, ...string[]];
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string>>;
	/** Brings the world back to where a run begins; not timed. */
	readonly prepare?: () => Promise<void>;
	/** The exit codes that mean that it worked; default 0. */
	readonly exitCodes?: readonly number[];
}

export type Measured = 'process' | 'inside' | 'memory';

/** What is measured: the first is the floor that the others are divided by. */
export interface BenchCase {
	/** `migrate, 1,000 migrations` */
	readonly name: string;
	readonly contenders: readonly [floor: Contender, ...others: Contender[]];
	/** How many times the floor a contender may cost, by its name. A peer has none. */
	readonly targets: Readonly<Record<string, number>>;
	/**
	 * What of a run is measured. `process`, the default: the time from its start to its end. `inside`: the time that it says itself, without
	 * what starting node and loading modules takes. `memory`: the most that it held at once.
	 */
	readonly measured?: Measured;
	/** How many rounds count, where one takes minutes; default: what was asked for. */
	readonly runs?: number;
	/** How many milliseconds more than the floor a contender may take, by its name. */
	readonly allowances?: Readonly<Record<string, number>>;
}
