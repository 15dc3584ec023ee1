import { CompanionError } from '../errors.ts';
import type { History, HistoryEntry } from '../history/history.ts';
import { resolveTarget } from './resolve-target.ts';

/**
 * The entries of `from:to`, both ends included; an end left out is the first or the last. `-3:` counts from the present position.
 * @throws CompanionError `USAGE` without a colon; the target's codes for a wrong end
 */
export function selectRange(
	{ entries, position }: Pick<History, 'entries' | 'position'>,
	range: string,
): readonly HistoryEntry[] {
	const match = /^([^:]*):([^:]*)$/.exec(range);
	if (match === null)
		throw new CompanionError('USAGE', `'${range}' is no range.`, {
			hint: 'A range is from:to, from: or :to, as in -r 0000:0003.',
		});
	const [, from = '', to = ''] = match;
	const places = { tags: entries.map(({ tag }) => tag), position };
	const first = from === '' ? 1 : Math.max(resolveTarget(from, places), 1);
	const last = to === '' ? entries.length : resolveTarget(to, places);
	if (first > last && entries.length > 0) {
		throw new CompanionError('WRONG_DIRECTION', `The range ${range} runs backwards.`, {
			hint: 'Put the older migration first.',
			details: { range },
		});
	}
	return entries.slice(first - 1, last);
}
