import { CompanionError } from '../errors.ts';
import { nearestTag } from './nearest-tag.ts';

/** Where targets are looked up: the tags in order, and where the database stands among them. */
export interface Places {
	/** Oldest first. */
	readonly tags: readonly string[];
	/** How many migrations stand applied. */
	readonly position: number;
	/**
	 * The indexes of those that stand applied, in order: `-2` alone goes back over two of these, whatever is pending between them.
	 * Absent: all below the position.
	 */
	readonly applied?: readonly number[];
}

/**
 * Turns what the user typed into a position: how many migrations should be applied.
 * Takes `head`, `base`, a tag, an unambiguous beginning of one, an index (`3`, `0003`), `+2`, `-1`, and `0003+1`, `head-2`; of a tag that
 * begins with a time also what stands behind it.
 * @throws CompanionError `TARGET_NOT_FOUND`, `TARGET_AMBIGUOUS` or `TARGET_OUT_OF_RANGE`
 */
export function resolveTarget(target: string, places: Places): number {
	if (target === '') throw notFound(target, places);
	const exact = places.tags.indexOf(target);
	if (exact >= 0) return exact + 1;
	const relative = /^(.*?)([+-]\d+)$/s.exec(target);
	if (relative === null) return resolveName(target, places);
	const [, name = '', steps = ''] = relative;
	const isWholeTag = name !== '' && places.tags.some((tag) => tag.startsWith(target));
	if (isWholeTag) return resolveName(target, places);
	const count = Number(steps);
	if (name === '' && count < 0 && places.applied !== undefined)
		return walkBack(target, -count, { ...places, applied: places.applied });
	return walk(target, name === '' ? places.position : resolveName(name, places), { steps: count, places });
}

/** To below the n-th applied migration from above. */
function walkBack(target: string, count: number, { applied, ...places }: Required<Places>): number {
	const lowest = applied.at(-count);
	// Where there are too few, the count of them is what is to be said.
	return lowest ?? walk(target, applied.length, { steps: -count, places });
}

function resolveName(name: string, places: Places): number {
	const { tags } = places;
	if (name === 'head') return tags.length;
	if (name === 'base') return 0;
	const exact = tags.indexOf(name);
	if (exact >= 0) return exact + 1;
	const numbered = tags.filter((tag) => tag.startsWith(`${name}_`));
	if (/^0\d+$/.test(name) && numbered.length > 1) throw ambiguous(name, numbered);
	if (/^0\d+$/.test(name) && numbered.length === 1) return tags.indexOf(numbered[0] as string) + 1;
	if (/^\d+$/.test(name) && Number(name) < tags.length) return Number(name) + 1;
	const candidates = tags.filter((tag) => tag.startsWith(name));
	if (candidates.length === 1) return tags.indexOf(candidates[0] as string) + 1;
	if (candidates.length > 1) throw ambiguous(name, candidates);
	const [named, ...others] = findByName(name, tags);
	if (others.length > 0) throw ambiguous(name, [named as string, ...others]);
	if (named !== undefined) return tags.indexOf(named) + 1;
	if (/^\d{1,9}$/.test(name)) throw outOfRange(name, places);
	throw notFound(name, places);
}

/** Nobody types fourteen digits: where tags begin with a time, what stands behind it will do, whole or its beginning. */
function findByName(typed: string, tags: readonly string[]): readonly string[] {
	const timed = tags.filter((tag) => /^\d{14}_/.test(tag));
	const whole = timed.filter((tag) => tag.slice(15) === typed);
	return whole.length > 0 ? whole : timed.filter((tag) => tag.slice(15).startsWith(typed));
}

function walk(target: string, start: number, { steps, places }: { steps: number; places: Places }): number {
	if (steps === 0) {
		throw new CompanionError('TARGET_OUT_OF_RANGE', `${target} is no step at all.`, {
			hint: 'Name one step or more: +1, -1.',
			details: { target },
		});
	}
	const end = start + steps;
	if (end >= 0 && end <= places.tags.length) return end;
	const room = steps > 0 ? places.tags.length - start : start;
	const direction = steps > 0 ? 'forward to head' : 'back to base';
	throw new CompanionError(
		'TARGET_OUT_OF_RANGE',
		`${target} is ${Math.abs(steps)} ${plural(Math.abs(steps))}, and there ${room === 1 ? 'is' : 'are'} only ${room} ${direction}.`,
		{
			hint:
				room === 0
					? `The database is at ${steps > 0 ? 'head' : 'base'}: see pnpm db:history.`
					: `Name at most ${steps > 0 ? '+' : '-'}${room}, or ${steps > 0 ? 'head' : 'base'}.`,
			details: { target, steps: room },
		},
	);
}

function plural(count: number): string {
	return count === 1 ? 'step' : 'steps';
}

function outOfRange(target: string, { tags }: Places): CompanionError {
	const range =
		tags.length === 0 ? 'there are no migrations' : `there are ${tags.length}, 0 to ${tags.length - 1}`;
	return new CompanionError('TARGET_OUT_OF_RANGE', `There is no migration ${target}: ${range}.`, {
		hint: 'See what there is: pnpm db:history.',
		details: { target, steps: tags.length },
	});
}

function ambiguous(target: string, candidates: readonly string[]): CompanionError {
	return new CompanionError('TARGET_AMBIGUOUS', `'${target}' may be any of ${list(candidates)}.`, {
		hint: 'Type more of the tag.',
		details: { target, candidates },
	});
}

function notFound(target: string, { tags }: Places): CompanionError {
	const nearest = nearestTag(target, tags);
	return new CompanionError(
		'TARGET_NOT_FOUND',
		`There is no migration '${target}'${nearest === undefined ? '' : `; did you mean ${nearest}?`}`,
		{
			hint:
				tags.length === 0
					? 'There are no migrations yet: pnpm db:generate -m init.'
					: 'Targets are head, base, a tag or its beginning, an index, +1 or -1: see pnpm db:history.',
			details: { target, nearest },
		},
	);
}

function list(candidates: readonly string[]): string {
	const shown = candidates.slice(0, 8).join(', ');
	return candidates.length > 8 ? `${shown} and ${candidates.length - 8} more` : shown;
}
