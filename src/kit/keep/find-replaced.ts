import type { Lost } from './find-lost.ts';
import type { Kept } from './kept.ts';

/**
 * What stands now where kept data belongs: the opposite step dropped a table or a column and made another of its name. The way back may
 * change that one instead of making the old one again, and then what it holds gives way to what is kept.
 */
export function findReplaced(waiting: readonly Kept[]): readonly Lost[] {
	return waiting.flatMap(({ kind, place, column, subject, details }) => {
		if ((kind !== 'table' && kind !== 'column') || !isRemade(details)) return [];
		return [{ kind, ...place, subject, ...(column === undefined ? {} : { column }) }];
	});
}

/** Whether the step that threw the data away made another table or column of that name. */
export function isRemade(details: Kept['details']): boolean {
	return 'isRemade' in details && details.isRemade === true;
}
