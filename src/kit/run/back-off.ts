import { setTimeout as sleep } from 'node:timers/promises';
import type { SqlFailure } from '../database/sql-failure.ts';

/** lock_not_available, deadlock_detected: somebody else was in the way. */
export function isLockFailure({ sqlState }: SqlFailure): boolean {
	return sqlState === '55P03' || sqlState === '40P01';
}

/** Doubles from 100 ms to 5 s, with jitter, so that several waiters do not meet again. */
export async function backOff(attempt: number, signal: AbortSignal | undefined): Promise<void> {
	const longest = Math.min(100 * 2 ** attempt, 5_000);
	await sleep(longest * (0.5 + Math.random() / 2), undefined, signal === undefined ? {} : { signal });
}
