import { withLock } from '../database/advisory-lock.ts';
import type { Plan } from '../plan/plan.ts';
import { Overtaken } from '../run/overtaken.ts';
import { runPlan, type StepReport } from '../run/run-plan.ts';
import { switchKeep } from './decide-keep.ts';
import { markKept } from './mark-kept.ts';
import type { MoveOptions, MoveReport, Planned, Planner } from './move.ts';
import { readHistory } from './read-history.ts';
import { reportWaiting } from './report-waiting.ts';
import type { Project } from './with-project.ts';

/** Takes the lock, plans on what is true then, and runs. */
export async function runMove(
	project: Project,
	options: MoveOptions,
	{ journal, readPlan }: Planner,
): Promise<MoveReport> {
	const { session, config } = project;
	return await withLock(session, config.ledger, lockOptions(project, options), async (locked) => {
		const { plan, steps } = await runLocked({ ...project, session: locked }, options, readPlan);
		const history = await markKept(session, config, await readHistory(session, config, journal));
		return { database: session.label, plan, report: { steps, position: history.position }, history };
	});
}

/** Drizzle's own migrator knows no lock: where it was faster, the plan is made anew on what is true then. */
async function runLocked(
	project: Project,
	options: MoveOptions,
	readPlan: Planner['readPlan'],
): Promise<{ readonly plan: Plan; readonly steps: readonly StepReport[] }> {
	const finished: StepReport[] = [];
	for (let attempt = 1; ; attempt += 1) {
		const { plan, history, keep } = await readPlan({});
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
