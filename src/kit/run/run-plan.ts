import type { CompanionSettings } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { CompanionError } from '../errors.ts';
import type { KeepSwitch } from '../keep/keep-outcome.ts';
import type { KeptReport, RefillReport } from '../keep/kept.ts';
import {
	createLedgerStatements,
	createLogStatement,
	upgradeLedgerStatements,
} from '../ledger/ledger-statements.ts';
import { type LedgerTable, settleLedgerTable } from '../ledger/ledger-table.ts';
import { forgetRecords, prepareRecords } from '../ledger/prepared-records.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { writesRows } from '../plan/writes-rows.ts';
import type { OnProgress } from '../progress.ts';
import { quoteLiteral } from '../sql/quote-identifier.ts';
import { composeRecords } from './compose-transaction.ts';
import { isOvertaken, Overtaken } from './overtaken.ts';
import { readMeans } from './read-means.ts';
import { runStep, type StepDone, type StepOptions } from './run-step.ts';
import { mostAfter, runTogether, type Together, takeTogether } from './run-together.ts';

/** One step done. */
export interface StepReport {
	readonly kind: Step['kind'];
	readonly tag: string;
	readonly durationMilliseconds: number;
	/** What it threw away and set aside. */
	readonly kept?: readonly KeptReport[];
	/** What it made again and gave back. */
	readonly refilled?: readonly RefillReport[];
}

/** What a run did. */
export interface RunReport {
	readonly steps: readonly StepReport[];
	/** How many migrations stand applied now. */
	readonly position: number;
}

export interface RunOptions {
	readonly ledger: LedgerTable;
	readonly settings: CompanionSettings;
	/** What exists already, so that a role without CREATE can work when nothing has to be created. */
	readonly hasLedger: boolean;
	readonly hasLog: boolean;
	readonly onProgress?: OnProgress;
	/** Told after each step. */
	readonly onStep?: (step: StepReport) => void;
	readonly signal?: AbortSignal;
	/** Absent: nothing is set aside, and nothing given back. */
	readonly keep?: KeepSwitch;
}

/**
 * Runs a plan, one transaction for each step, inside a lock that the caller holds.
 * @throws CompanionError `STATEMENT_FAILED` with what was finished, what failed and what did not run; `Overtaken` when the ledger
 * is not any more as the plan has it
 */
export async function runPlan(session: Session, plan: Plan, given: RunOptions): Promise<RunReport> {
	const options = { ...given, ledger: settleLedgerTable(given.ledger, { writesRows: writesRows(plan) }) };
	if (plan.steps.length === 0) return { steps: [], position: plan.to };
	const creating = listMissing(options);
	const steps = plan.steps.every(isRecordOnly)
		? await recordSteps(session, plan.steps, { ...options, creating })
		: await runSteps(session, plan, { ...options, creating });
	return { steps, position: plan.to };
}

interface CreatingOptions extends RunOptions {
	/** The statements that make what is missing of the ledger and the log. */
	readonly creating: readonly string[];
}

/** Steps that only write the ledger stand or fall together: one transaction for all. */
async function recordSteps(
	session: Session,
	steps: readonly Step[],
	options: CreatingOptions,
): Promise<readonly StepReport[]> {
	if (options.creating.length > 0) await session.run(options.creating.join(';\n'));
	const started = performance.now();
	await sendRecords(session, composeRecords(steps, options.ledger));
	const durationMilliseconds = Math.round((performance.now() - started) / steps.length);
	const reports = steps.map(({ kind, tag }) => ({ kind, tag, durationMilliseconds }));
	for (const report of reports) options.onStep?.(report);
	return reports;
}

async function sendRecords(session: Session, text: string): Promise<void> {
	try {
		await session.run(text);
	} catch (error) {
		if (!(error instanceof SqlFailure)) throw error;
		if (!error.isConnectionLost) await session.run('ROLLBACK');
		throw isOvertaken(error) ? new Overtaken(error, []) : error;
	}
}

function isRecordOnly({ kind }: Step): boolean {
	return kind === 'stamp' || kind === 'forget' || kind === 'accept';
}

async function runSteps(
	session: Session,
	plan: Plan,
	{ creating, ...options }: CreatingOptions,
): Promise<readonly StepReport[]> {
	const isWorthIt = session.isDirect === true && plan.steps.length >= worthPreparing;
	const { prepared, statements } = isWorthIt ? prepareRecords(options.ledger) : unprepared;
	const means = await readMeans(session, options.ledger, [...creating, ...statements]);
	if (prepared === undefined) return await runEach(session, plan, { ...options, means });
	try {
		return await runEach(session, plan, { ...options, means, prepared });
	} finally {
		if (session.isBorrowed && session.isConnected()) await forgetRecords(session, prepared);
	}
}

const unprepared = { prepared: undefined, statements: [] };

/** For fewer steps preparing costs more than it saves. */
const worthPreparing = 3;

type EachOptions = Omit<StepOptions, 'finished' | 'waiting' | 'previousId' | 'aborted'>;

async function runEach(session: Session, plan: Plan, options: EachOptions): Promise<readonly StepReport[]> {
	const finished: StepReport[] = [];
	// A ledger that was made a moment ago counts from one.
	let previousId = options.hasLedger ? undefined : 0;
	let most = options.hasLedger ? 1 : mostAtFirst;
	const finish = ({ report, id }: StepDone) => {
		previousId = id;
		finished.push(report);
		options.onStep?.(report);
	};
	while (finished.length < plan.steps.length) {
		const rest = plan.steps.slice(finished.length);
		if (options.signal?.aborted) throw stopped(finished, rest);
		const next = await takeTogether(rest, { ...options, most, previousId });
		announce(next, finished.length, { plan, options });
		const { done, aborted } =
			next.length > 1 ? await runTogether(session, next, { ...options, previousId }) : nothing;
		done.forEach(finish);
		const [step] = next.slice(done.length);
		const waiting = rest.slice(done.length + 1);
		const alone =
			step === undefined
				? []
				: [await runStep(session, step, { ...options, finished, waiting, previousId, aborted })];
		alone.forEach(finish);
		most = mostAfter(most, [...done, ...alone]);
	}
	return finished;
}

/** Where nothing was ever applied: first migrations seldom find rows to work on. */
const mostAtFirst = 4;

const nothing: Together = { done: [] };

function announce(
	next: readonly Step[],
	current: number,
	{ plan, options }: { readonly plan: Plan; readonly options: EachOptions },
): void {
	const [first, final] = [next[0] as Step, next.at(-1) as Step];
	const tags = next.length === 1 ? first.tag : `${first.tag} to ${final.tag}`;
	options.onProgress?.({ message: `${words[first.kind]} ${tags}`, current, total: plan.steps.length });
}

function stopped(done: readonly StepReport[], notRun: readonly Step[]): CompanionError {
	return new CompanionError('INTERRUPTED', 'Stopped on request, between two steps.', {
		details: { finished: done.map(({ tag }) => tag), notRun: notRun.map(({ tag }) => tag) },
	});
}

const words: Readonly<Record<Step['kind'], string>> = {
	apply: 'applying',
	revert: 'reverting',
	stamp: 'recording',
	forget: 'forgetting',
	accept: 'accepting',
};

function listMissing({ ledger, hasLedger, hasLog }: RunOptions): readonly string[] {
	const [createSchema, createTable] = createLedgerStatements(ledger);
	return [
		...(hasLedger ? upgradeLedgerStatements(ledger) : [unlessThere(createSchema, ledger), createTable]),
		...(hasLog ? [] : [createLogStatement(ledger)]),
	];
}

/** A role that may not create schemas can still work in one that is there: IF NOT EXISTS asks for the right all the same. */
function unlessThere(createSchema: string, { schema }: LedgerTable): string {
	const isThere = `EXISTS (SELECT FROM pg_namespace WHERE nspname = ${quoteLiteral(schema)})`;
	return `DO ${quoteLiteral(`BEGIN IF NOT ${isThere} THEN ${createSchema}; END IF; END`)}`;
}
