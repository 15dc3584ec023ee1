/** Random choices that a seed repeats. */
export interface Randomness {
	/** A whole number from 0 to below `limit`. */
	below(limit: number): number;
	pick<Item>(items: readonly Item[]): Item;
}

/** @see mulberry32 */
export function seedRandomness(seed: number): Randomness {
	let state = seed | 0;
	const next = () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
	const below = (limit: number) => Math.floor(next() * limit);
	return {
		below,
		pick: (items) => items[below(items.length)] as (typeof items)[number],
	};
}
