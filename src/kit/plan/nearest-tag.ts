/** The tag most like what was typed, by edits of the whole or of the part behind the number; undefined when none is near. */
export function nearestTag(typed: string, tags: readonly string[]): string | undefined {
	const scored = tags.map((tag) => ({
		tag,
		distance: Math.min(editDistance(typed, tag), editDistance(typed, tag.replace(/^\d+_/, ''))),
	}));
	const best = scored.reduce<{ tag: string; distance: number } | undefined>(
		(a, b) => (a === undefined || b.distance < a.distance ? b : a),
		undefined,
	);
	const part = tags.find((tag) => typed.length >= 3 && tag.includes(typed));
	if (best !== undefined && best.distance <= Math.max(2, typed.length / 3)) return best.tag;
	return part;
}

/** Levenshtein distance, over at most the first 100 characters. */
function editDistance(left: string, right: string): number {
	const a = left.slice(0, 100);
	const b = right.slice(0, 100);
	let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i += 1) {
		const current = [i];
		for (let j = 1; j <= b.length; j += 1) {
			const replace = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
			current.push(Math.min(replace, (previous[j] as number) + 1, (current[j - 1] as number) + 1));
		}
		previous = current;
	}
	return previous.at(-1) as number;
}
