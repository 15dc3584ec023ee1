import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { CompanionError } from '../errors.ts';
import { guardStatement } from '../ledger/guard-statement.ts';
import type { Step } from '../plan/plan.ts';
import { isLockFailure } from '../run/back-off.ts';
import { beginStatement, recordStatements } from '../run/compose-transaction.ts';
import { explainSyntaxError } from '../run/explain-failure.ts';
import { restoreOf } from '../run/restore-of.ts';
import { retryLocked } from '../run/retry-locked.ts';
import type { StepOptions } from '../run/run-step.ts';
import { sqlOf } from '../run/sql-of-step.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import type { Statement } from '../sql/parse-statements.ts';
import { beginRefill } from './begin-refill.ts';
import { compareAfter } from './compare-after.ts';
import { continuesAdding } from './demands-rows.ts';
import { explainConflict } from './explain-conflict.ts';
import { findLost, type Lost } from './find-lost.ts';
import { findReplaced, isRemade } from './find-replaced.ts';
import { finishRefill } from './finish-refill.ts';
import type { KeepOutcome, KeepSwitch } from './keep-outcome.ts';
import { type KeepTask, resolveLost } from './keep-task.ts';
import type { KeptReport } from './kept.ts';
import { createKeptStatements, keptRegistry } from './kept-schema.ts';
import { listLateTables } from './list-late-tables.ts';
import { listMade } from './list-made.ts';
import { makeRoom } from './make-room.ts';
import { opposite, originOf } from './origin-of.ts';
import { postponeNotNull } from './postpone-not-null.ts';
import { readKept } from './read-kept.ts';
import { refillAfterwards } from './refill-afterwards.ts';
import { type Moment, refillReady } from './refill-ready.ts';
import type { RefillState } from './refill-state.ts';
import { resolveViolation } from './resolve-violation.ts';
import { runUnfiltered } from './run-unfiltered.ts';
import { type KeepOrigin, type SetAside, setAside } from './set-aside.ts';
import { withPlainFormats } from './with-plain-formats.ts';

/**
 * Runs a step in one transaction, statement by statement: what it throws away is set aside before, what it makes again is given back
 * between the statements, before anything that could refuse it. Killed at any instant, the data is in one place.
 * @returns undefined when there is nothing to set aside and nothing to give back, and nothing has been done
 * @throws CompanionError `STATEMENT_FAILED`, `KEPT_CONFLICT`
 */
export async function runKeeping(
	session: Session,
	step: Step,
	options: StepOptions & { readonly keep: KeepSwitch },
): Promise<KeepOutcome | undefined> {
	const work = await findWork(session, step, options);
	if (work === undefined) return undefined;
	const outcome = await retryLocked<KeepOutcome>(session, step, options, () =>
		tryStep(session, step, { ...options, work }),
	);
	return await completeRefill(session, step, { options, work, outcome });
}

interface Completion {
	readonly options: StepOptions;
	readonly work: Work;
	readonly outcome: KeepOutcome;
}

/** Values of an enum that the step gave new values to could not be used before the commit. */
async function completeRefill(
	session: Session,
	step: Step,
	{ options, work, outcome }: Completion,
): Promise<KeepOutcome> {
	const isWaiting = outcome.refilled.some(({ kind, stays }) => kind === 'values' && stays !== undefined);
	if (!isWaiting || !work.statements.some(({ kind }) => kind === 'AlterEnumStmt')) return outcome;
	const late = new Map((await refillAfterwards(session, step, options)).map((each) => [each.subject, each]));
	return { ...outcome, refilled: outcome.refilled.map((each) => late.get(each.subject) ?? each) };
}

interface Work {
	readonly statements: readonly Statement[];
	readonly origin: KeepOrigin;
	/** Empty: nothing is to be set aside. */
	readonly lost: readonly Lost[];
}

async function findWork(
	session: Session,
	step: Step,
	options: StepOptions & { readonly keep: KeepSwitch },
): Promise<Work | undefined> {
	if (step.kind !== 'apply' && step.kind !== 'revert') return undefined;
	const origin = originOf(step, options.ledger);
	const { parseStatements, SqlSyntaxError } = await import('../sql/parse-statements.ts');
	try {
		const waiting = await readKept(session, opposite(origin));
		const lost = options.keep.tags.has(step.tag) ? [...(await findLost(step)), ...findReplaced(waiting)] : [];
		if (lost.length === 0 && waiting.length === 0) return undefined;
		return { statements: await parseStatements(endStatementsAtBreakpoints(sqlOf(step))), origin, lost };
	} catch (error) {
		if (!(error instanceof SqlSyntaxError)) throw error;
		throw explainSyntaxError(error, step, options);
	}
}

interface Failed {
	readonly failure: SqlFailure;
	readonly transaction: { readonly offset: number; readonly before: number };
}

type Attempt = StepOptions & { readonly keep: KeepSwitch; readonly work: Work };

/** An SqlFailure with the statement of the step that it is about; none for the statements of our own. */
class StatementRefused extends Error {
	readonly failure: SqlFailure;
	/** Absent when all of them had run. */
	readonly statement: Statement | undefined;
	readonly number: number;

	constructor(failure: SqlFailure, statement: Statement | undefined, number: number) {
		super(failure.message, { cause: failure });
		this.failure = failure;
		this.statement = statement;
		this.number = number;
	}
}

async function tryStep(session: Session, step: Step, attempt: Attempt): Promise<KeepOutcome | Failed> {
	try {
		await session.run(
			`${beginStatement}; SET LOCAL lock_timeout = ${attempt.settings.lockTimeout}; ${guardStatement(attempt.ledger, step)}`,
		);
		const outcome = await runStatements(session, attempt);
		await record(session, step, attempt);
		return outcome;
	} catch (error) {
		const failure = failureOf(error);
		if (!failure?.isConnectionLost) await session.run('ROLLBACK');
		if (failure === undefined)
			throw error instanceof CompanionError && error.code === 'KEPT_CONFLICT'
				? explainConflict(error, step, attempt)
				: error;
		return { failure, transaction: placeOf(error) };
	}
}

async function record(
	session: Session,
	step: Step,
	{ ledger, work: { statements } }: Attempt,
): Promise<void> {
	try {
		const closing = [...restoreOf(session), ...recordStatements(step, ledger), 'COMMIT'];
		await session.run(closing.join(';\n'));
	} catch (error) {
		throw error instanceof SqlFailure ? new StatementRefused(error, undefined, statements.length) : error;
	}
}

function failureOf(error: unknown): SqlFailure | undefined {
	if (error instanceof StatementRefused) return error.failure;
	return error instanceof SqlFailure ? error : undefined;
}

/** Where the statement stands in the file. A failure between the statements is about none of them. */
function placeOf(error: unknown): Failed['transaction'] {
	if (!(error instanceof StatementRefused))
		return { offset: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY };
	const offset = error.statement === undefined ? Number.POSITIVE_INFINITY : -error.statement.start;
	return { offset, before: -error.number };
}

async function runStatements(session: Session, { work, keep, onProgress }: Attempt): Promise<KeepOutcome> {
	const { statements, origin } = work;
	const state = await withPlainFormats(session, async () =>
		beginRefill(session, await readKept(session, opposite(origin)), {
			skipConflicts: keep.skipConflicts,
			mayReplace: keep.tags.has(origin.tag),
		}),
	);
	const keeper = await beginKeeping(session, work);
	const refill = async (moment: Moment) => {
		if (state.pending.length > 0) await withPlainFormats(session, () => refillReady(session, state, moment));
	};
	if (statements.length === 0) await makeRoom(session, state, []);
	if (state.pending.some(({ kept }) => isRemade(kept.details))) await refill({ rest: statements });
	for (const [number, statement] of statements.entries()) {
		onProgress?.({
			message: `${origin.tag}: statement ${number + 1} of ${statements.length}`,
			current: number,
			total: statements.length,
		});
		await keeper.keepLate(number);
		await makeRoom(session, state, statements.slice(number));
		const { text, later } = await postponeNotNull(statement, state.pending);
		await runOne(session, { ...statement, text }, number, state);
		const rest = statements.slice(number + 1);
		if (rest.length === 0) await makeRoom(session, state, rest);
		// Columns that are added one after the other are filled together.
		if (later.length > 0 || !continuesAdding(statement, rest[0]))
			await refill({ rest, done: statement, isPressing: later.length > 0 });
		for (const strict of later) await runOne(session, { ...statement, text: strict }, number, state);
	}
	const kept = await keeper.finish();
	return { kept, refilled: await withPlainFormats(session, () => finishRefill(session, state)) };
}

/** Runs one statement of the step; one that refuses what came back is run again without it, where that was asked for. */
async function runOne(
	session: Session,
	statement: Statement,
	number: number,
	state: RefillState,
): Promise<void> {
	const isGuarded = state.refilled.length > 0 && ['AlterTableStmt', 'IndexStmt'].includes(statement.kind);
	for (;;) {
		try {
			if (!isGuarded) return void (await session.run(statement.text));
			await session.run('SAVEPOINT companion_statement');
			await runUnfiltered(session, statement, state);
			return void (await session.run('RELEASE SAVEPOINT companion_statement'));
		} catch (error) {
			if (!(error instanceof SqlFailure)) throw error;
			const refused = new StatementRefused(error, statement, number);
			if (!isGuarded || error.isConnectionLost || isLockFailure(error)) throw refused;
			await session.run('ROLLBACK TO SAVEPOINT companion_statement');
			if (!(await resolveViolation(session, state, { failure: error, statement }))) throw refused;
		}
	}
}

interface Keeper {
	/** Sets aside what the statement with this number drops, as late as possible: a table can then be moved. */
	keepLate(number: number): Promise<void>;
	finish(): Promise<readonly KeptReport[]>;
}

async function beginKeeping(session: Session, { statements, origin, lost }: Work): Promise<Keeper> {
	const aside: SetAside[] = [];
	const keep = async (task: KeepTask, mayMove: boolean) => {
		aside.push(await withPlainFormats(session, () => setAside(session, task, origin, { mayMove, made })));
	};
	const tasks = await resolveLost(session, lost);
	const made = await listMade(tasks.length === 0 ? [] : statements);
	const late = listLateTables(statements, tasks);
	if (tasks.length > 0) await createKept(session);
	for (const task of tasks.filter((each) => !late.has(each))) await keep(task, false);
	return {
		keepLate: async (number) => {
			for (const [task, place] of late) if (place === number) await keep(task, true);
		},
		finish: async () => {
			const reports: KeptReport[] = [];
			for (const each of aside) reports.push(...(await completeReports(session, each)));
			return reports;
		},
	};
}

/** Values that came through the step unchanged are not kept after all. */
async function completeReports(
	session: Session,
	{ reports, narrowed }: SetAside,
): Promise<readonly KeptReport[]> {
	if (narrowed === undefined) return reports;
	const values = await withPlainFormats(session, () => compareAfter(session, narrowed));
	return reports.map((report) =>
		values === 0 ? { ...report, values, bytes: 0, how: 'none' } : { ...report, values },
	);
}

/** A role that may not create a schema can still keep where the schema is there already. */
async function createKept(session: Session): Promise<void> {
	const [[row] = []] = await session.run(`SELECT to_regclass('${keptRegistry}') IS NOT NULL AS found`);
	if (row?.found !== 't') await session.run(createKeptStatements().join(';\n'));
}
