import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import type { KeepOutcome } from '../keep/keep-outcome.ts';
import type { Step } from '../plan/plan.ts';
import { needsNoTransaction } from '../sql/needs-no-transaction.ts';
import { composeTransaction } from './compose-transaction.ts';
import { restoreOf } from './restore-of.ts';
import { retryLocked } from './retry-locked.ts';
import type { RunOptions, StepReport } from './run-plan.ts';
import { runStatementwise } from './run-statementwise.ts';
import { sqlOf } from './sql-of-step.ts';

export interface StepOptions extends RunOptions {
	readonly finished: readonly StepReport[];
	readonly waiting: readonly Step[];
}

/**
 * Runs one step with its ledger row and its log event: in one transaction, or statement by statement where its SQL demands it.
 * @throws CompanionError `STATEMENT_FAILED`
 */
export async function runStep(session: Session, step: Step, options: StepOptions): Promise<StepReport> {
	const started = performance.now();
	const kept = await run(session, step, options);
	return {
		kind: step.kind,
		tag: step.tag,
		durationMilliseconds: Math.round(performance.now() - started),
		...kept,
	};
}

/** Gives what was set aside and given back, where there was something. */
async function run(session: Session, step: Step, options: StepOptions): Promise<KeepOutcome | undefined> {
	const { keep } = options;
	if (await needsNoTransaction(sqlOf(step))) {
		await runStatementwise(session, step, options);
		if (keep === undefined) return undefined;
		const { refillAfterwards } = await import('../keep/refill-afterwards.ts');
		return { kept: [], refilled: await refillAfterwards(session, step, options) };
	}
	if (keep !== undefined) {
		const { runKeeping } = await import('../keep/run-keeping.ts');
		const outcome = await runKeeping(session, step, { ...options, keep });
		if (outcome !== undefined) return outcome;
	}
	return void (await runTransaction(session, step, options));
}

async function runTransaction(session: Session, step: Step, options: StepOptions): Promise<void> {
	const transaction = composeTransaction(step, { ...options, restore: restoreOf(session) });
	await retryLocked(session, step, options, async () => {
		const failure = await tryTransaction(session, transaction.text);
		return failure === undefined ? undefined : { failure, transaction };
	});
}

async function tryTransaction(session: Session, text: string): Promise<SqlFailure | undefined> {
	try {
		await session.run(text);
		return undefined;
	} catch (error) {
		if (!(error instanceof SqlFailure)) throw error;
		// The transaction is aborted already; this only leaves it. A lost session has nothing to leave.
		if (!error.isConnectionLost) await session.run('ROLLBACK');
		return error;
	}
}
