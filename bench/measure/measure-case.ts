import type { BenchCase, Contender, Measured } from './contender.ts';
import { type Cost, runContender } from './run-contender.ts';

/** What a contender cost in all runs, and how that compares with the floor of the same rounds. */
export interface Figure {
	readonly case: string;
	readonly contender: string;
	readonly measured: Measured;
	readonly median: number;
	readonly least: number;
	readonly most: number;
	/** The median of the ratios of the rounds; 1 for the floor. */
	readonly ratio: number;
	readonly leastRatio: number;
	readonly mostRatio: number;
	/** At most this; absent where the figure has no target. */
	readonly target?: number;
	/** At most this many milliseconds more than the floor; absent where the figure has no such target. */
	readonly allowance?: number;
	readonly floorMedian: number;
	/** Why it could not be measured. */
	readonly failure?: string;
}

export interface MeasureOptions {
	readonly runs: number;
	readonly onRun: (message: string) => void;
}

/**
 * Runs the contenders of a case in turn, round after round, after a round that does not count. One that fails is left out from then on.
 * Each round's times are divided by the floor's of the same round, so that what else the machine does falls on both.
 */
export async function measureCase(bench: BenchCase, options: MeasureOptions): Promise<readonly Figure[]> {
	const { onRun } = options;
	const { runs = options.runs } = bench;
	const costs = new Map<Contender, number[]>(bench.contenders.map((contender) => [contender, []]));
	const failures = new Map<Contender, string>();
	for (let round = 0; round <= runs; round += 1) {
		for (const contender of bench.contenders) {
			if (failures.has(contender)) continue;
			onRun(`${bench.name}: ${contender.name}, ${round === 0 ? 'to warm up' : `${round} of ${runs}`}`);
			const cost = await runContender(contender).catch((error: unknown) => error as Error);
			if (cost instanceof Error) failures.set(contender, cost.message);
			else if (round > 0) costs.get(contender)?.push(readCost(bench, cost));
		}
	}
	const floor = costs.get(bench.contenders[0]) ?? [];
	return bench.contenders.map((contender) =>
		summarise(bench, contender, {
			costs: costs.get(contender) ?? [],
			floor,
			failure: failures.get(contender),
		}),
	);
}

/** What a process says of itself is the last line of that kind on stderr. */
function readCost({ measured }: BenchCase, { milliseconds, stderr }: Cost): number {
	if (measured === 'inside') return Number(/bench: ([\d.]+) ms\s*$/.exec(stderr)?.[1]);
	if (measured === 'memory') return Number(/bench: (\d+) bytes\s*$/.exec(stderr)?.[1]);
	return milliseconds;
}

interface Runs {
	readonly costs: readonly number[];
	readonly floor: readonly number[];
	readonly failure: string | undefined;
}

function summarise(bench: BenchCase, { name }: Contender, { costs, floor, failure }: Runs): Figure {
	const ratios = costs.map((cost, round) => cost / (floor[round] ?? Number.NaN));
	const target = bench.targets[name];
	const allowance = bench.allowances?.[name];
	return {
		case: bench.name,
		contender: name,
		measured: bench.measured ?? 'process',
		...spread(costs, ['least', 'median', 'most']),
		...spread(ratios, ['leastRatio', 'ratio', 'mostRatio']),
		floorMedian: spread(floor, ['least', 'floorMedian', 'most']).floorMedian,
		...(target === undefined ? {} : { target }),
		...(allowance === undefined ? {} : { allowance }),
		...(failure === undefined ? {} : { failure }),
	} as Figure;
}

function spread(values: readonly number[], [least, median, most]: readonly [string, string, string]) {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted[Math.floor(sorted.length / 2)];
	return { [least]: sorted[0], [median]: middle, [most]: sorted.at(-1) };
}
