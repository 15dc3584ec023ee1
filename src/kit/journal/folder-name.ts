import type { Migration } from './migration.ts';

/**
 * What drizzle-orm 1.0 calls a migration in the ledger's `name`: its folder. For a migration of drizzle-kit 0.x, the folder into which
 * `drizzle-kit up` would move it.
 */
export function nameInLedger({ tag, when, layout }: Pick<Migration, 'tag' | 'when' | 'layout'>): string {
	return layout === 'folders' ? tag : toFolderName(tag, when);
}

/**
 * The folder that `drizzle-kit up` makes of a journal entry: its `when` to the second, UTC, instead of what stands before the tag's
 * first `_`.
 * @see drizzle-kit `planFoldersV3`
 */
export function toFolderName(tag: string, when: number): string {
	const name = tag.split('_').slice(1).join('_');
	return `${writeFolderTime(when)}_${name}`;
}

/** `YYYYMMDDHHMMSS`, UTC. What no calendar holds stays a number, which no folder begins with. */
export function writeFolderTime(when: number): string {
	if (Math.abs(when) > LAST_TIME) return String(when);
	return new Date(when).toISOString().replace(/\D/g, '').slice(0, 14);
}

/** The latest that a `Date` can say. Milliseconds. */
const LAST_TIME = 8.64e15;

/**
 * The time that a folder's name begins with, in epoch milliseconds; undefined where drizzle-orm's migrator cannot read one either.
 * @see drizzle-orm 1.0 `formatToMillis`
 */
export function readFolderTime(name: string): number | undefined {
	const part = (start: number, end: number) => Number.parseInt(name.slice(start, end), 10);
	const time = Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12), part(12, 14));
	return Number.isNaN(time) ? undefined : time;
}

/** A time without its milliseconds, as a folder's name keeps it. */
export function floorToSecond(when: number): number {
	return Math.floor(when / 1000) * 1000;
}
