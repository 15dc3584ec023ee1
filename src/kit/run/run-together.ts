import type { Row, Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { flushStatements, selectDurations } from '../ledger/ledger-statements.ts';
import type { Step } from '../plan/plan.ts';
import { needsNoTransaction } from '../sql/needs-no-transaction.ts';
import { composeTransaction, type Transaction } from './compose-transaction.ts';
import { restoreOf } from './restore-of.ts';
import type { AbortedAttempt } from './retry-locked.ts';
import { type StepDone, type StepOptions, send } from './run-step.ts';
import { sqlOf } from './sql-of-step.ts';

/** What is known before the first of several steps begins. */
type TogetherOptions = Omit<StepOptions, 'finished' | 'waiting' | 'aborted'>;

/** So long a text is not kept together with others, in UTF-16 units. */
const longestText = 100_000;

/**
 * The next steps that may go to the server in one text: the first alone, where nothing is known of it yet, or where its transaction is
 * not the whole of it.
 * @param steps at least one
 */
export async function takeTogether(
	steps: readonly Step[],
	{ most, ...options }: TogetherOptions & { readonly most: number },
): Promise<readonly Step[]> {
	const [first] = steps as readonly [Step, ...Step[]];
	const taken: Step[] = [];
	let length = 0;
	for (const step of steps.slice(0, canGoTogether(options) ? most : 1)) {
		length += sqlOf(step).length + (step.kind === 'apply' ? (step.down?.text.length ?? 0) : 0);
		if (step.kind !== first.kind || length > longestText || !(await isWhole(step, options))) break;
		taken.push(step);
	}
	return taken.length === 0 ? [first] : taken;
}

/**
 * The ledger's numbers are what guards each; and the first attempt, which is made without watching for who is in the way, must not be
 * the only one.
 */
function canGoTogether({ means, prepared, previousId, settings }: TogetherOptions): boolean {
	return means.mayLock && prepared !== undefined && previousId !== undefined && settings.lockRetries > 0;
}

async function isWhole(step: Step, { keep }: TogetherOptions): Promise<boolean> {
	if (step.kind !== 'apply' && step.kind !== 'revert') return false;
	return !(
		keep?.tags.has(step.tag) ||
		keep?.refills.has(step.when) ||
		(await needsNoTransaction(sqlOf(step)))
	);
}

/** So many are sent at most, so that what is under way is soon told, and soon stopped. */
const mostSteps = 16;

/** What takes longer than this is told before the next begins. */
const quickMilliseconds = 25;

/** How many steps may go together after these: more and more, as long as they are quick. */
export function mostAfter(most: number, done: readonly StepDone[]): number {
	const milliseconds = done.reduce((sum, each) => sum + (each.serverMilliseconds ?? Infinity), 0);
	return milliseconds > Math.max(quickMilliseconds, done.length) ? 1 : Math.min(most * 4, mostSteps);
}

/** What came of steps that were sent together. */
export interface Together {
	/** Those that were done, in order. */
	readonly done: readonly StepDone[];
	/** How the next one failed; nothing behind it ran. Absent too where the text was refused as a whole, so that nothing ran. */
	readonly aborted?: AbortedAttempt;
}

/**
 * Runs steps in one round trip, a transaction each. The server reads on after a COMMIT, and stops at the first error, that of
 * a COMMIT included: what stands behind it is never begun. The last COMMIT waits until all of them are on disk.
 */
export async function runTogether(
	session: Session,
	steps: readonly Step[],
	options: TogetherOptions,
): Promise<Together> {
	const started = performance.now();
	const transactions = composeTransactions(session, steps, options);
	const text = transactions.map((transaction) => transaction.text).join('');
	const result = await send(session, `${text}${selectDurations(options.ledger, steps.length)}`);
	if (!(result instanceof SqlFailure))
		return { done: reportAll(steps, readDurations(result.at(-1)), options) };
	const failure = await confirmCommits(session, result, options);
	const done = failure.isServerInDoubt ? [] : steps.slice(0, failure.commits.length);
	const durations = await findDurations(session, done, { started, failure, ledger: options.ledger });
	const failed = transactions[done.length];
	const isRefused = failure.completed === 0 && !failure.isConnectionLost;
	if (failed === undefined || isRefused) return { done: reportAll(done, durations, options) };
	const transaction = {
		offset: textLength(transactions.slice(0, done.length)) + failed.offset,
		before: (failure.commits[done.length - 1] ?? 0) + failed.before,
		after: failed.after,
		sentBehind: steps.slice(done.length + 1).map(({ tag }) => tag),
	};
	return { done: reportAll(done, durations, options), aborted: { failure, transaction } };
}

/** The COMMIT that would have brought those before it to disk was not reached. Gives the failure that counts: that of the session comes first. */
async function confirmCommits(
	session: Session,
	failure: SqlFailure,
	{ ledger }: TogetherOptions,
): Promise<SqlFailure> {
	if (failure.isConnectionLost || failure.commits.length === 0) return failure;
	const flushed = await send(session, flushStatements(ledger));
	return flushed instanceof SqlFailure && flushed.isConnectionLost ? flushed : failure;
}

/** The number that each row of the ledger must get shows that the transaction before it was whole; so does the row that is gone. */
function composeTransactions(
	session: Session,
	steps: readonly Step[],
	options: TogetherOptions,
): readonly Transaction[] {
	const restore = restoreOf(session, options.means);
	const { previousId = 0 } = options;
	return steps.map((step, place) => {
		const before = steps[place - 1];
		const gone = before?.kind === 'revert' ? { gone: before.rowId } : {};
		const previous = step.kind === 'apply' ? previousId + place : previousId;
		const isFollowed = place < steps.length - 1;
		return composeTransaction(step, { ...options, restore, isFollowed, ids: { previous, ...gone } });
	});
}

function textLength(transactions: readonly Transaction[]): number {
	return transactions.reduce((sum, { text }) => sum + text.length, 0);
}

interface Ending {
	readonly started: number;
	readonly failure: SqlFailure;
	readonly ledger: TogetherOptions['ledger'];
}

/** Where the session is lost, so is what the log says of them: they share the time that was measured here. */
async function findDurations(
	session: Session,
	done: readonly Step[],
	{ started, failure, ledger }: Ending,
): Promise<readonly number[]> {
	if (done.length === 0) return [];
	if (!failure.isConnectionLost)
		return readDurations((await session.run(selectDurations(ledger, done.length)))[0]);
	const share = Math.round((performance.now() - started) / done.length);
	return done.map(() => share);
}

/** The log gives the latest first. */
function readDurations(rows: readonly Row[] = []): readonly number[] {
	return rows.map(({ duration }) => Number(duration)).reverse();
}

function reportAll(
	steps: readonly Step[],
	durations: readonly number[],
	{ previousId = 0 }: TogetherOptions,
): readonly StepDone[] {
	return steps.map(({ kind, tag }, place) => {
		const durationMilliseconds = durations[place] ?? 0;
		return {
			report: { kind, tag, durationMilliseconds },
			id: kind === 'apply' ? previousId + place + 1 : previousId,
			serverMilliseconds: durationMilliseconds,
		};
	});
}
