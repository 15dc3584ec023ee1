/** What a torture counts. */
export interface Tally {
	rounds: number;
	kills: number;
	processes: number;
	/** Inputs tried by the fuzzers. */
	inputs: number;
	/** Faults after which ledger and catalog agreed and the next run finished. */
	survived: number;
	rowsLost: number;
	doubleApplications: number;
	/** Milliseconds; undefined where no reader was measured. */
	worstWait: number | undefined;
	/** Milliseconds: the longest wait of the same reader while no migration ran. */
	undisturbedWait: number | undefined;
	/** Milliseconds: what the worst wait is held against. */
	lockTimeout: number | undefined;
	/** What went wrong, one sentence each. */
	readonly failures: string[];
}

export function createTally(): Tally {
	return {
		rounds: 0,
		kills: 0,
		processes: 0,
		inputs: 0,
		survived: 0,
		rowsLost: 0,
		doubleApplications: 0,
		worstWait: undefined,
		undisturbedWait: undefined,
		lockTimeout: undefined,
		failures: [],
	};
}

/** The one table: a line for each scenario, and what went wrong below it. */
export function renderTallies(tallies: ReadonlyMap<string, Tally>): string {
	const all = [...tallies].map(([name, tally]) => rowOf(name, tally));
	const rows = [header, ...all, rowOf('together', addUp([...tallies.values()]))];
	const widths = header.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
	const lines = rows.map((row) =>
		row
			.map((cell, column) =>
				column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
			)
			.join('  '),
	);
	const failures = [...tallies].flatMap(([name, tally]) => tally.failures.map((each) => `${name}: ${each}`));
	return [...lines, '', failures.length === 0 ? 'Everything survived.' : failures.join('\n')].join('\n');
}

function addUp(tallies: readonly Tally[]): Tally {
	const sum = createTally();
	for (const tally of tallies) {
		for (const count of counts) sum[count] += tally[count];
		if (tally.worstWait !== undefined) Object.assign(sum, pickWaits(tally));
		sum.failures.push(...tally.failures);
	}
	return sum;
}

const counts = [
	'rounds',
	'kills',
	'processes',
	'inputs',
	'survived',
	'rowsLost',
	'doubleApplications',
] as const satisfies readonly (keyof Tally)[];

function pickWaits({ worstWait, undisturbedWait, lockTimeout }: Tally) {
	return { worstWait, undisturbedWait, lockTimeout };
}

const header = [
	'scenario',
	'rounds',
	'kills',
	'processes',
	'inputs',
	'survived',
	'rows lost',
	'applied twice',
	'worst reader wait',
	'failures',
];

function rowOf(name: string, tally: Tally): readonly string[] {
	const { worstWait, undisturbedWait, lockTimeout } = tally;
	return [
		name,
		...counts.map((count) => String(tally[count])),
		worstWait === undefined
			? '-'
			: `${worstWait} ms (lock_timeout ${lockTimeout}, undisturbed ${undisturbedWait})`,
		String(tally.failures.length),
	];
}
