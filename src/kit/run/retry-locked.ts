import type { Session } from '../database/session.ts';
import type { SqlFailure } from '../database/sql-failure.ts';
import { type Blocker, describeBlocker, watchBlockers } from '../database/watch-blockers.ts';
import type { Step } from '../plan/plan.ts';
import { backOff, isLockFailure } from './back-off.ts';
import { explainFailure, type FailureContext } from './explain-failure.ts';
import type { StepOptions } from './run-step.ts';

/** An attempt that was aborted, with all that it did. */
export interface AbortedAttempt {
	readonly failure: SqlFailure;
	readonly transaction: FailureContext['transaction'];
}

/**
 * Tries a step's transaction until it succeeds; again only where somebody else's lock was in the way, and not for ever.
 * @param attempt gives undefined, or what it returns, when it succeeded
 * @throws CompanionError `STATEMENT_FAILED`, which names who was in the way
 */
export async function retryLocked<Result>(
	session: Session,
	step: Step,
	options: StepOptions,
	attempt: () => Promise<Result | AbortedAttempt>,
): Promise<Result> {
	const { lockRetries, lockTimeout } = options.settings;
	for (let number = 1; ; number += 1) {
		const isLast = number > lockRetries;
		// Whoever is in the way can only be seen while he is; the first attempt seldom meets him, and is spared the second connection.
		const watch = number > 1 || isLast ? watchBlockers(session, lockTimeout) : undefined;
		const result = await attempt().catch(async (error: unknown) => {
			await watch?.end();
			throw error;
		});
		const blockers = (await watch?.end()) ?? [];
		if (!isAborted(result)) return result;
		if (!isLockFailure(result.failure) || isLast)
			throw await explainFailure(result.failure, step, {
				...options,
				transaction: result.transaction,
				attempts: number,
				blockers,
			});
		options.onProgress?.({
			message: `${step.tag}: ${result.failure.message}${nameFirst(blockers)}; trying again (${number} of ${lockRetries})`,
		});
		await backOff(number, options.signal);
	}
}

function isAborted(result: unknown): result is AbortedAttempt {
	return typeof result === 'object' && result !== null && 'failure' in result;
}

function nameFirst([blocker]: readonly Blocker[]): string {
	return blocker === undefined ? '' : `, in the way is ${describeBlocker(blocker)}`;
}
