import { isBehindPooler } from '../database/pooler.ts';
import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { type Blocker, type BlockerWatch, watchBlockers } from '../database/watch-blockers.ts';
import { CompanionError } from '../errors.ts';
import { computeChecksum } from '../journal/checksum.ts';
import { insertEventStatement } from '../ledger/ledger-statements.ts';
import { type Progress, readProgress } from '../ledger/read-progress.ts';
import type { Step } from '../plan/plan.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import type { Statement } from '../sql/parse-statements.ts';
import { backOff, isLockFailure } from './back-off.ts';
import { composeRecords } from './compose-transaction.ts';
import { explainFailure, explainSyntaxError } from './explain-failure.ts';
import { limitLockWait, type WatchedAttempt } from './limit-lock-wait.ts';
import { isOvertaken, Overtaken } from './overtaken.ts';
import { prepareAgain } from './prepare-again.ts';
import { restoreOf } from './restore-of.ts';
import type { StepOptions } from './run-step.ts';
import { sqlOf } from './sql-of-step.ts';

/**
 * Runs a step statement by statement, because its SQL cannot run in one transaction, and records how far it came. A second run
 * goes on at the statement that failed; an index that a failed concurrent build left invalid is dropped first.
 * @throws CompanionError `STATEMENT_FAILED`; `EDITED` when statements that ran already were changed since
 */
export async function runStatementwise(session: Session, step: Step, options: StepOptions): Promise<void> {
	const { findNonTransactional } = await import('../sql/transactionality.ts');
	const sql = endStatementsAtBreakpoints(sqlOf(step));
	const statements = await parseOrFail(sql, step, options);
	const refused = new Set((await findNonTransactional(sql)).map(({ statement }) => statement.start));
	const alone = findAlone(statements, refused);
	const before = await findFinished(session, step, { statements, options });
	const finished = before?.statements ?? 0;
	const started = performance.now();
	const isPooled = await isBehindPooler(session);
	const setTimeout = `lock_timeout = ${options.settings.lockTimeout}`;
	// A pooler may send the next statement to another server process, where the setting would be left to somebody else.
	if (!isPooled) await session.run(`SET ${setTimeout}`);
	const opening = isPooled ? ['BEGIN;', `SET LOCAL ${setTimeout};`] : ['BEGIN;'];
	for (const setting of findSettings(statements.slice(0, finished))) await session.run(setting.text);
	for (let number = finished; number < statements.length; number += 1) {
		const statement = statements[number] as Statement;
		options.signal?.throwIfAborted();
		options.onProgress?.({
			message: `${step.tag}: statement ${number + 1} of ${statements.length}`,
			current: number,
			total: statements.length,
		});
		await runStatement(session, step, {
			statement,
			number,
			attempt: eventStatement('attempt', step, { done: number, statements, options }),
			progress: eventStatement('progress', step, { done: number + 1, statements, options }),
			isAlone: alone.has(statement),
			isPooled,
			opening,
			before: number === finished ? before : undefined,
			options,
		});
	}
	const durationMilliseconds = Math.round(performance.now() - started);
	await record(session, step, { options, durationMilliseconds });
}

/** What earlier statements SET was set in the session of the run that failed, and holds for the later ones too. */
function findSettings(statements: readonly Statement[]): readonly Statement[] {
	return statements.filter(({ kind, node }) => kind === 'VariableSetStmt' && !node.is_local);
}

async function record(
	session: Session,
	step: Step,
	{ options, durationMilliseconds }: { options: StepOptions; durationMilliseconds: number },
): Promise<void> {
	const restore = restoreOf(session).map((statement) => `${statement};\n`);
	const records = composeRecords([step], options.ledger, { durationMilliseconds });
	try {
		await session.run(`${restore.join('')}${records}`);
	} catch (error) {
		if (!(error instanceof SqlFailure)) throw error;
		if (!error.isConnectionLost) await session.run('ROLLBACK');
		throw isOvertaken(error) ? new Overtaken(error, options.finished) : error;
	}
}

async function parseOrFail(sql: string, step: Step, options: StepOptions): Promise<readonly Statement[]> {
	const { parseStatements, SqlSyntaxError } = await import('../sql/parse-statements.ts');
	try {
		return await parseStatements(sql);
	} catch (error) {
		if (!(error instanceof SqlSyntaxError)) throw error;
		throw explainSyntaxError(error, step, options);
	}
}

/** What PostgreSQL refuses inside a transaction, and what stands between a file's own BEGIN and COMMIT. */
function findAlone(statements: readonly Statement[], refused: ReadonlySet<number>): ReadonlySet<Statement> {
	const alone = new Set<Statement>();
	let isInTransaction = false;
	for (const statement of statements) {
		if (isInTransaction || refused.has(statement.start)) alone.add(statement);
		if (statement.kind === 'TransactionStmt') isInTransaction = opensTransaction(statement, isInTransaction);
	}
	return alone;
}

function opensTransaction({ node }: Statement, isOpen: boolean): boolean {
	if (['TRANS_STMT_BEGIN', 'TRANS_STMT_START'].includes(node.kind)) return true;
	return ['TRANS_STMT_COMMIT', 'TRANS_STMT_ROLLBACK', 'TRANS_STMT_PREPARE'].includes(node.kind)
		? node.chain === true
		: isOpen;
}

interface Extent {
	readonly statements: readonly Statement[];
	readonly options: StepOptions;
}

/** @throws CompanionError `EDITED` */
async function findFinished(
	session: Session,
	step: Step,
	{ statements, options }: Extent,
): Promise<Progress | undefined> {
	const progress = await readProgress(session, options.ledger, step);
	if (progress === undefined || progress.checksum === prefixChecksum(statements, progress.statements))
		return progress;
	throw new CompanionError(
		'EDITED',
		`The first ${progress.statements} statements of ${step.tag} ran already and were edited since.`,
		{
			hint: 'Restore them; only the statement that failed and those after it may change.',
			details: { tag: step.tag, statements: progress.statements },
		},
	);
}

function eventStatement(
	kind: 'attempt' | 'progress',
	{ tag, when }: Step,
	{ done, statements, options }: Extent & { readonly done: number },
): string {
	const entry = { tag, when, checksum: prefixChecksum(statements, done) };
	return insertEventStatement(options.ledger, kind, entry, { statements: done });
}

function prefixChecksum(statements: readonly Statement[], count: number): string {
	return computeChecksum(
		statements
			.slice(0, count)
			.map(({ text }) => text)
			.join('\n;\n'),
	);
}

interface Task {
	readonly statement: Statement;
	/** From 0. */
	readonly number: number;
	/** Records that the statement is about to run. */
	readonly attempt: string;
	/** Records that the statement is done. */
	readonly progress: string;
	/** It cannot be recorded in a transaction of its own: PostgreSQL refuses it there, or it is part of the file's. */
	readonly isAlone: boolean;
	readonly isPooled: boolean;
	/** The statements that begin that transaction. */
	readonly opening: readonly string[];
	/** How far an earlier run came that stopped at this statement. */
	readonly before: Progress | undefined;
	readonly options: StepOptions;
}

async function runStatement(session: Session, step: Step, task: Task): Promise<void> {
	const { number, options } = task;
	const { lockRetries, lockTimeout } = options.settings;
	let before = task.before;
	for (let attempt = 1; ; attempt += 1) {
		const mayWatch = attempt > 1 || lockRetries === 0;
		const { failure, blockers } = isUnlimited(task)
			? await limitLockWait(session, lockTimeout, {
					attempt: (watched) => tryStatement(watched, task, before),
					onProgress: options.onProgress,
				})
			: await watchAttempt(mayWatch ? watchBlockers(session, lockTimeout) : undefined, () =>
					tryStatement(session, task, before),
				);
		if (failure === undefined) return;
		before = failure.isConnectionLost ? undefined : await settle(session, step, options);
		const kept = before?.statements ?? number;
		// What the file's own transaction had done is gone with it: only a new run can begin at its BEGIN again.
		const mayRetry = isLockFailure(failure) && kept === number && attempt <= lockRetries;
		if (!mayRetry) throw await explain(failure, step, { task, attempt, kept, blockers });
		await backOff(attempt, options.signal);
	}
}

/** Behind a pooler no SET reaches the server process that runs a statement outside a transaction. */
function isUnlimited({ isAlone, isPooled, options }: Task): boolean {
	return isAlone && isPooled && options.settings.lockTimeout > 0;
}

async function watchAttempt(
	watch: BlockerWatch | undefined,
	attempt: () => Promise<SqlFailure | undefined>,
): Promise<WatchedAttempt> {
	try {
		const failure = await attempt();
		return { failure, blockers: (await watch?.end()) ?? [] };
	} catch (error) {
		await watch?.end();
		throw error;
	}
}

/** A statement that cannot be recorded with what it does is announced, so that a run that dies in it leaves a trace. */
async function tryStatement(
	session: Session,
	{ statement, attempt, progress, isAlone, opening }: Task,
	before: Progress | undefined,
): Promise<SqlFailure | undefined> {
	try {
		if (!isAlone) await session.run(`${opening.join('')}${statement.text}\n;${progress};COMMIT`);
		else if (before !== undefined && (await prepareAgain(session, statement, before)) === 'done')
			await session.run(progress);
		else {
			await session.run(attempt);
			await session.run(statement.text);
			await session.run(progress);
		}
		return undefined;
	} catch (error) {
		if (!(error instanceof SqlFailure)) throw error;
		if (!error.isConnectionLost) await session.run('ROLLBACK');
		return error;
	}
}

/** The statement failed and PostgreSQL said so: it is uncertain no more. Gives what stays done. */
async function settle(
	session: Session,
	{ tag, when }: Step,
	{ ledger }: StepOptions,
): Promise<Progress | undefined> {
	const progress = await readProgress(session, ledger, { when, tag });
	if (!progress?.isUncertain) return progress;
	const { statements, checksum } = progress;
	await session.run(insertEventStatement(ledger, 'progress', { tag, when, checksum }, { statements }));
	return { ...progress, isUncertain: false };
}

interface Outcome {
	readonly task: Task;
	readonly attempt: number;
	readonly kept: number;
	readonly blockers: readonly Blocker[];
}

async function explain(
	failure: SqlFailure,
	step: Step,
	{ task: { statement, number, isAlone, opening, options }, attempt, kept, blockers }: Outcome,
): Promise<CompanionError> {
	// What stands before the statement in its file is not part of what was sent.
	const transaction = {
		offset: (isAlone ? 0 : opening.join('').length) - statement.start,
		before: (isAlone ? 0 : opening.length) - number,
	};
	return await explainFailure(failure, step, { ...options, transaction, attempts: attempt, kept, blockers });
}
