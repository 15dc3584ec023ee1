/** PostgreSQL's table-level lock modes, weakest first. */
export const LOCK_MODES = [
	'ACCESS SHARE',
	'ROW SHARE',
	'ROW EXCLUSIVE',
	'SHARE UPDATE EXCLUSIVE',
	'SHARE',
	'SHARE ROW EXCLUSIVE',
	'EXCLUSIVE',
	'ACCESS EXCLUSIVE',
] as const;

export type LockMode = (typeof LOCK_MODES)[number];

/** What others cannot do with a table meanwhile. */
export type Blocking =
	| 'reads and writes'
	| 'writes'
	| 'schema changes'
	| 'exclusive schema changes'
	| 'nothing';

/** The strongest of some modes; undefined for none. */
export function strongestLock(modes: Iterable<LockMode>): LockMode | undefined {
	return [...modes].sort((one, other) => rankLock(other) - rankLock(one))[0];
}

/** The place of a mode among all, from 0; -1 for no lock. */
export function rankLock(mode: LockMode | undefined): number {
	return mode === undefined ? -1 : LOCK_MODES.indexOf(mode);
}

/**
 * What a lock of this mode keeps others from.
 * @see PostgreSQL's manual, "Table-Level Locks"
 */
export function describeBlocking(mode: LockMode): Blocking {
	switch (mode) {
		case 'ACCESS EXCLUSIVE':
			return 'reads and writes';
		case 'EXCLUSIVE':
		case 'SHARE ROW EXCLUSIVE':
		case 'SHARE':
			return 'writes';
		case 'SHARE UPDATE EXCLUSIVE':
			return 'schema changes';
		case 'ACCESS SHARE':
			return 'exclusive schema changes';
		default:
			return 'schema changes';
	}
}

/** From `pg_locks.mode` (`AccessExclusiveLock`) to the name in the manual. */
export function readLockMode(mode: string): LockMode | undefined {
	const words = mode
		.replace(/Lock$/, '')
		.replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
		.toUpperCase();
	return LOCK_MODES.find((known) => known === words);
}
