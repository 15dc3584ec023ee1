import type { Paint } from './paint.ts';
import type { MoveShown } from './render-move.ts';
import { renderNotices } from './render-problems.ts';

/** That nothing was to be done, and what is odd. */
export function renderNothing(
	{ plan, report, history }: Pick<MoveShown, 'plan' | 'report' | 'history'>,
	paint: Paint,
): string {
	const sentence = `Nothing to do: the database is at ${placeOf(history, report?.position ?? plan.to)}.`;
	return [sentence, renderNotices(history?.notices, paint)].filter((part) => part !== '').join('\n');
}

/** Where the database stands: `0003_add_x (4 of 12)`. */
export function placeOf(history: MoveShown['history'], position: number): string {
	if (position === 0) return 'base: no migration is applied';
	const tag = history?.entries[position - 1]?.tag ?? `migration ${position - 1}`;
	return history === undefined ? tag : `${tag} (${position} of ${history.head})`;
}
