import type { History } from '../history/history.ts';
import type { KeepPlan } from '../keep/plan-keep.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunReport, StepReport } from '../run/run-plan.ts';
import type { KeepChoice } from './decide-keep.ts';
import type { ProjectOptions } from './project-options.ts';
import type { HistoryDepth, JournalSource } from './read-history.ts';
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
export interface Planner {
	readonly journal: JournalSource;
	/** Called again, and in full, inside the lock. */
	readonly readPlan: (depth: HistoryDepth) => Promise<Planned>;
}

/** A plan, and the history that it was made from. */
export interface Planned {
	readonly history: History;
	readonly plan: Plan;
	readonly keep?: KeepPlan;
}

/**
 * Plans without the lock; where there is something to do, takes the lock, plans again on what is true then, and runs.
 * A database with nothing to do is left alone, so a role that may only read can ask.
 * @param depth how much the history has to tell where nothing is done
 */
export async function move(
	project: Project,
	options: MoveOptions,
	planner: Planner,
	depth: HistoryDepth = {},
): Promise<MoveReport> {
	const database = project.session.label;
	const planned = await planner.readPlan(depth);
	const { plan, history } = planned;
	if (options.only === 'plan') return { database, ...planned };
	if (options.only === 'sql') {
		const { writeScript } = await import('./write-script.ts');
		return { database, plan, script: await writeScript(project, planned) };
	}
	if (plan.steps.length === 0)
		return { database, plan, report: { steps: [], position: history.position }, history };
	const { runMove } = await import('./when-moving.ts');
	return await runMove(project, options, planner);
}
