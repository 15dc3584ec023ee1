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
		lockTimeout: undefined,
		failures: [],
	};
}

/** The one table: a line for each scenario, and what went wrong below it. */
export function renderTallies(tallies: ReadonlyMap<string, Tally>): string {
	const rows = [header, ...[...tallies].map(([name, tally]) => rowOf(name, tally))];
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
	const { worstWait, lockTimeout } = tally;
	return [
		name,
		...[tally.rounds, tally.kills, tally.processes, tally.inputs, tally.survived, tally.rowsLost].map(String),
		String(tally.doubleApplications),
		worstWait === undefined ? '-' : `${worstWait} ms of ${lockTimeout} ms`,
		String(tally.failures.length),
	];
}
