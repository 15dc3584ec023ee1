import type { History } from '../history/history.ts';
import type { Journal } from '../journal/journal.ts';
import type { KeepPlan } from '../keep/plan-keep.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunReport, StepReport } from '../run/run-plan.ts';
import { type KeepChoice, switchKeep } from './decide-keep.ts';
import { markKept } from './mark-kept.ts';
import type { ProjectOptions } from './project-options.ts';
import { readHistory } from './read-history.ts';
import { reportWaiting } from './report-waiting.ts';
import type { Project } from './with-project.ts';

/** What moving a database takes beside what every command takes. */
export interface MoveOptions extends ProjectOptions, KeepChoice {
	/** `plan` stops after planning; `sql` writes a script for a DBA instead of running. Neither changes anything. */
	readonly only?: 'plan' | 'sql';
	/** How long to wait for another run. Milliseconds; default `companion.lockWait`. */
	readonly lockWait?: number;
	/** Told after each step. */
	readonly onStep?: (step: StepReport) => void;
}

/** What a move planned and did. */
export interface MoveReport {
	/** `app@db.example.com:5432/shop` */
	readonly database: string;
	readonly plan: Plan;
	/** What is set aside and given back, as it was planned. */
	readonly keep?: KeepPlan;
	/** Absent where only a plan or a script was asked for. */
	readonly report?: RunReport;
	/** The script, where one was asked for. */
	readonly script?: string;
	/** Where the database stands after the run. */
	readonly history?: History;
}

/** What a move is planned with. */
interface Planner {
	readonly journal: Journal | (() => Journal);
	/** Called again inside the lock. */
	readonly readPlan: () => Promise<Planned>;
}

/** A plan, and the history that it was made from. */
interface Planned {
	readonly history: History;
	readonly plan: Plan;
	readonly keep?: KeepPlan;
}

/**
 * Plans without the lock; where there is something to do, takes the lock, plans again on what is true then, and runs.
 * A database with nothing to do is left alone, so a role that may only read can ask.
 */
export async function move(
	project: Project,
	options: MoveOptions,
	{ journal, readPlan }: Planner,
): Promise<MoveReport> {
	const { session, config } = project;
	const database = session.label;
	const { plan, history, ...keeping } = await readPlan();
	if (options.only === 'plan') return { database, plan, history, ...keeping };
	if (options.only === 'sql') {
		const script = await writeScript(project, { plan, history, ...keeping });
		return { database, plan, script };
	}
	if (plan.steps.length === 0)
		return { database, plan, report: { steps: [], position: history.position }, history };
	const { withLock } = await import('./when-moving.ts');
	return await withLock(session, config.ledger, lockOptions(project, options), async (locked) => {
		const { plan: done, steps } = await runLocked({ ...project, session: locked }, options, readPlan);
		const after = await markKept(session, config, await readHistory(session, config, journal));
		return { database, plan: done, report: { steps, position: after.position }, history: after };
	});
}

async function writeScript({ config }: Project, { plan, history, keep }: Planned): Promise<string> {
	const { noteInScript } = await import('../keep/note-in-script.ts');
	const { composeScript } = await import('../run/compose-script.ts');
	const ledger = { ...config.ledger, ...history.ledgerForm };
	const script = await composeScript(plan, { ...history, ledger, settings: config.companion });
	return `${noteInScript(keep)}${script}`;
}

/** Drizzle's own migrator knows no lock: where it was faster, the plan is made anew on what is true then. */
async function runLocked(
	project: Project,
	options: MoveOptions,
	readPlan: () => Promise<Planned>,
): Promise<{ readonly plan: Plan; readonly steps: readonly StepReport[] }> {
	const { Overtaken, runPlan } = await import('./when-moving.ts');
	const finished: StepReport[] = [];
	for (let attempt = 1; ; attempt += 1) {
		const { plan, history, keep } = await readPlan();
		try {
			const { steps } = await runPlan(project.session, plan, {
				...runOptions(project, options, history),
				...switchKeep(keep, options),
			});
			return { plan, steps: [...finished, ...steps] };
		} catch (error) {
			if (!(error instanceof Overtaken) || attempt === mostPlans) throw error;
			finished.push(...error.finished);
		}
	}
}

const mostPlans = 10;

/** How the lock is waited for. */
export function lockOptions({ config }: Project, options: MoveOptions) {
	const { lockWait, signal } = options;
	return {
		wait: lockWait ?? config.companion.lockWait,
		onWait: reportWaiting(options),
		...(signal === undefined ? {} : { signal }),
	};
}

/** What a run needs beside the plan. */
export function runOptions(
	{ config }: Project,
	{ onProgress, onStep, signal }: MoveOptions,
	{ hasLedger, hasLog, ledgerForm }: Planned['history'],
) {
	return {
		ledger: { ...config.ledger, ...ledgerForm },
		settings: config.companion,
		hasLedger,
		hasLog,
		...(onProgress === undefined ? {} : { onProgress }),
		...(onStep === undefined ? {} : { onStep }),
		...(signal === undefined ? {} : { signal }),
	};
}
