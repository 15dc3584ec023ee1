import type { Problem } from '../history/history.ts';
import type { Paint } from './paint.ts';
import { renderProblems } from './render-problems.ts';

export interface CurrentShown {
	readonly tag?: string;
	readonly position: number;
	readonly head: number;
	readonly pending: readonly string[];
	readonly hasLedger: boolean;
	readonly problems: readonly Problem[];
}

/** Where the database stands, in a sentence or two. */
export function renderCurrent(current: CurrentShown, paint: Paint): string {
	return [renderPlace(current, paint), renderPending(current), renderProblems(current.problems, paint)]
		.filter((part) => part !== '')
		.join('\n');
}

function renderPlace({ tag, position, head, hasLedger, pending }: CurrentShown, paint: Paint): string {
	if (tag !== undefined)
		return `${paint.bold(tag)} (${position} of ${head})${pending.length === 0 ? ', head' : ''}`;
	return hasLedger
		? 'base: the ledger is there and empty.'
		: 'base: nothing is recorded in this database yet.';
}

function renderPending({ pending, head }: CurrentShown): string {
	if (head === 0) return 'There are no migrations yet. Create the first: pnpm db:generate -m init.';
	if (pending.length === 0) return '';
	return `${pending.length} pending: ${pending.slice(0, 5).join(', ')}${pending.length > 5 ? ', …' : ''}`;
}
