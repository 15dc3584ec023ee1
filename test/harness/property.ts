import fc from 'fast-check';

/** How often a property is tried: `COMPANION_PROPERTY_RUNS`, or as often as it usually is. */
export function countRuns(usual: number): number {
	return Number(process.env.COMPANION_PROPERTY_RUNS ?? usual);
}

/** Something that holds for whatever a seed makes. */
export interface SeededProperty {
	/** How long all runs of it may take. Milliseconds. */
	readonly timeout: number;
	/** Tries it with random seeds, and with `COMPANION_PROPERTY_SEED`, which a failure has named, before all others. */
	check(holds: (seed: number) => Promise<void>): Promise<void>;
}

/** @param secondsPerRun how long one run may take */
export function seededProperty(
	usualRuns: number,
	{ secondsPerRun }: { readonly secondsPerRun: number },
): SeededProperty {
	const runs = countRuns(usualRuns);
	const seed = process.env.COMPANION_PROPERTY_SEED;
	const seeds = fc.noShrink(fc.integer({ min: 0, max: 2 ** 32 - 1 }));
	return {
		timeout: (runs + 1) * secondsPerRun * 1_000,
		check: async (holds) =>
			await fc.assert(fc.asyncProperty(seeds, holds), {
				numRuns: runs,
				examples: seed === undefined ? [] : [[Number(seed)]],
			}),
	};
}
