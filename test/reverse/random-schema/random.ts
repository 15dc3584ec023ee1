/** Choices that depend on a seed alone, so that a failing run can be made again. */
export interface Random {
	/** A whole number from 0 up to, but not including, the limit. */
	below(limit: number): number;
	/** True with this probability, from 0 to 1. */
	chance(probability: number): boolean;
	oneOf<Choice>(...choices: readonly [Choice, ...Choice[]]): Choice;
	/** One of the list; undefined when it is empty. */
	pick<Item>(items: readonly Item[]): Item | undefined;
	/** At least one and at most this many of the list, in any order; nothing when it is empty. */
	some<Item>(items: readonly Item[], most: number): readonly Item[];
}

/** Makes the choices of one seed. */
export function createRandom(seed: number): Random {
	const next = createFractions(seed);
	const below = (limit: number) => Math.floor(next() * limit);
	const pick = <Item>(items: readonly Item[]) => items[below(items.length)];
	return {
		below,
		pick,
		chance: (probability) => next() < probability,
		oneOf: (...choices) => pick(choices) ?? choices[0],
		some: (items, most) => {
			const keyed = items.map((item) => ({ item, key: next() })).sort((one, other) => one.key - other.key);
			return keyed.slice(0, 1 + below(most)).map(({ item }) => item);
		},
	};
}

/** The mulberry32 generator: fractions from 0 up to, but not including, 1. */
function createFractions(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
