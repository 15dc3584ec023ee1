import type { Session } from '../database/session.ts';
import type { Step } from '../plan/plan.ts';
import type { StepOptions } from '../run/run-step.ts';
import type { RefillReport } from './kept.ts';
import { opposite, originOf } from './origin-of.ts';
import { readKept } from './read-kept.ts';
import { restoreKept } from './restore.ts';

/**
 * Gives back, in a transaction of its own, what could not go back while the step ran: the step ran outside a transaction, or added
 * the enum values that are needed, which PostgreSQL allows to be used only after a commit. What is refused stays kept.
 */
export async function refillAfterwards(
	session: Session,
	step: Step,
	{ ledger, settings }: Pick<StepOptions, 'ledger' | 'settings'>,
): Promise<readonly RefillReport[]> {
	const waiting = await readKept(session, opposite(originOf(step, ledger)));
	if (waiting.length === 0) return [];
	const { lockTimeout } = settings;
	return await restoreKept(session, waiting, { skipConflicts: true, lockTimeout, mayMakeTables: false });
}
