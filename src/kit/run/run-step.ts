import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import type { KeepOutcome } from '../keep/keep-outcome.ts';
import { guardStatement, isIdUnexpected } from '../ledger/guard-statement.ts';
import { isUnprepared, type PreparedRecords } from '../ledger/prepared-records.ts';
import type { Step } from '../plan/plan.ts';
import { needsNoTransaction } from '../sql/needs-no-transaction.ts';
import { isLockFailure } from './back-off.ts';
import { composeTransaction } from './compose-transaction.ts';
import { isOvertaken } from './overtaken.ts';
import type { Means } from './read-means.ts';
import { restoreOf } from './restore-of.ts';
import { type AbortedAttempt, retryLocked } from './retry-locked.ts';
import type { RunOptions, StepReport } from './run-plan.ts';
import { runStatementwise } from './run-statementwise.ts';
import { sqlOf } from './sql-of-step.ts';

export interface StepOptions extends RunOptions {
	readonly finished: readonly StepReport[];
	readonly waiting: readonly Step[];
	readonly means: Means;
	/** Absent: each row and event is a statement of its own. */
	readonly prepared?: PreparedRecords;
	/** The id of the ledger's row that the step before wrote; absent where it wrote none. */
	readonly previousId?: number | undefined;
	/** How the step's first attempt was aborted, where that was made already. */
	readonly aborted?: AbortedAttempt | undefined;
}

/** A step that was done. */
export interface StepDone {
	readonly report: StepReport;
	/** The id of the ledger's row that it wrote, where that is known. */
	readonly id?: number | undefined;
	/** How long it took the server, the round trip aside, where that is known. Milliseconds. */
	readonly serverMilliseconds?: number | undefined;
}

/**
 * Runs one step with its ledger row and its log event: in one transaction, or statement by statement where its SQL demands it.
 * @throws CompanionError `STATEMENT_FAILED`
 */
export async function runStep(session: Session, step: Step, options: StepOptions): Promise<StepDone> {
	const started = performance.now();
	const { kept, ...done } = await run(session, step, options);
	const durationMilliseconds = Math.round(performance.now() - started);
	return { report: { kind: step.kind, tag: step.tag, durationMilliseconds, ...kept }, ...done };
}

interface Done {
	/** What was set aside and given back, where there was something. */
	readonly kept?: KeepOutcome;
	readonly id?: number | undefined;
	readonly serverMilliseconds?: number | undefined;
}

async function run(session: Session, step: Step, options: StepOptions): Promise<Done> {
	const { keep } = options;
	if (await needsNoTransaction(sqlOf(step))) {
		await runStatementwise(session, step, options);
		if (!keep?.refills.has(step.when)) return {};
		const { refillAfterwards } = await import('../keep/refill-afterwards.ts');
		return { kept: { kept: [], refilled: await refillAfterwards(session, step, options) } };
	}
	if (keep?.tags.has(step.tag) || keep?.refills.has(step.when)) {
		const { runKeeping } = await import('../keep/run-keeping.ts');
		const kept = await runKeeping(session, step, { ...options, keep });
		if (kept !== undefined) return { kept };
	}
	return await runTransaction(session, step, options);
}

async function runTransaction(session: Session, step: Step, options: StepOptions): Promise<Done> {
	// What the ledger's numbers say holds for one attempt: an aborted one uses up a number too.
	let previous = options.means.mayLock ? options.previousId : undefined;
	let { aborted } = options;
	return await retryLocked<Done>(session, step, options, async () => {
		const first = aborted ?? (await tryTransaction(session, step, { options, previous }));
		aborted = undefined;
		const isDoubtful = previous !== undefined || options.prepared !== undefined;
		previous = undefined;
		return isDoubtful && 'failure' in first ? await lookAgain(session, step, { options, first }) : first;
	});
}

interface Attempt {
	readonly options: StepOptions;
	readonly previous: number | undefined;
}

async function tryTransaction(
	session: Session,
	step: Step,
	{ options, previous }: Attempt,
): Promise<Done | AbortedAttempt> {
	const restore = restoreOf(session, options.means);
	const transaction = composeTransaction(step, { ...options, restore, ids: { previous } });
	const result = await send(session, transaction.text);
	return result instanceof SqlFailure ? { failure: result, transaction } : readRecords(result);
}

/** Whether somebody was faster has been left to the ledger's numbers so far, and how to record it to what was prepared. */
async function lookAgain(
	session: Session,
	step: Step,
	{ options, first }: { readonly options: StepOptions; readonly first: AbortedAttempt },
): Promise<Done | AbortedAttempt> {
	const { failure, transaction } = first;
	if (options.prepared !== undefined && isUnprepared(failure)) {
		const { prepared: _gone, ...plain } = options;
		return await tryTransaction(session, step, { options: plain, previous: undefined });
	}
	if (isIdUnexpected(failure)) return await tryTransaction(session, step, { options, previous: undefined });
	if (failure.isConnectionLost || isLockFailure(failure)) return first;
	const overtaken = await send(session, `BEGIN; ${guardStatement(options.ledger, step)}; ROLLBACK`);
	return overtaken instanceof SqlFailure && isOvertaken(overtaken)
		? { failure: overtaken, transaction }
		: first;
}

type Results = Awaited<ReturnType<Session['run']>>;

/** Sends transactions, and leaves the one that was aborted. */
export async function send(session: Session, text: string): Promise<Results | SqlFailure> {
	try {
		return await session.run(text);
	} catch (error) {
		if (!(error instanceof SqlFailure)) throw error;
		// The transaction is aborted already; this only leaves it. A lost session has nothing to leave.
		if (!error.isConnectionLost) await session.run('ROLLBACK');
		return error;
	}
}

/** Behind the ledger's row come the event and the COMMIT. */
function readRecords(results: Results): Done {
	const id = results.at(-3)?.[0]?.id;
	const duration = results.at(-2)?.[0]?.duration;
	return {
		id: id == null ? undefined : Number(id),
		serverMilliseconds: duration == null ? undefined : Number(duration),
	};
}
