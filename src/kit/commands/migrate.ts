import type { Journal } from '../journal/journal.ts';
import { readJournalMeanwhile } from '../journal/read-journal.ts';
import type { KeepPlan } from '../keep/plan-keep.ts';
import type { Plan } from '../plan/plan.ts';
import { planMigrate } from '../plan/plan-migrate.ts';
import type { keepDecider } from './decide-keep.ts';
import type { MigrationLocks } from './measure-project.ts';
import { type MoveOptions, type MoveReport, move } from './move.ts';
import { followHistory, type HistoryDepth } from './read-history.ts';
import { type Project, withProject } from './with-project.ts';

export interface MigrateOptions extends MoveOptions {
	/** Default `head`. */
	readonly target?: string;
	/** Apply pending migrations that are older than applied ones. */
	readonly outOfOrder?: boolean;
	/** With `only: 'plan'`: measure in a scratch database what each statement locks. A scratch server is started for it. */
	readonly measureLocks?: boolean;
}

export interface MigrateReport extends MoveReport {
	/** With `only: 'plan'` and `measureLocks`: what the statements of each step lock, with the sizes of this database's tables. */
	readonly locks?: MigrationLocks;
}

/**
 * Applies pending migrations up to a target, each in its own transaction, oldest first.
 * Several processes may call it at once: one works, the others wait and find nothing to do.
 * @param depth how much the report's history has to tell where nothing is done
 * @throws CompanionError; `STATEMENT_FAILED` when a migration failed, with those before it applied
 */
export async function migrate(
	options: MigrateOptions = {},
	depth: HistoryDepth = {},
): Promise<MigrateReport> {
	const work = async (project: Project, journal: Promise<Journal>): Promise<MigrateReport> => {
		const intent = { target: options.target ?? 'head', outOfOrder: options.outOfOrder ?? false };
		const consider = lossesOf(project, options);
		const readNow = followHistory(project.session, project.config, journal);
		const readPlan = async (asked: HistoryDepth) => {
			const history = await readNow(asked);
			const plan = planMigrate(history, intent);
			const isNothing = plan.steps.length === 0 && options.only === undefined;
			return isNothing ? { history, plan } : { history, plan, keep: await consider(plan) };
		};
		const report = await move(project, options, { journal, readPlan }, depth);
		return options.only === 'plan' && options.measureLocks
			? {
					...report,
					locks: await measurePlan(project, { journal: await journal, plan: report.plan }, options),
				}
			: report;
	};
	const downs = depth.isBrief ? 'later' : 'now';
	return await withProject(options, work, ({ folder }) => readJournalMeanwhile(folder, { downs }));
}

/** Refuses what throws too much away, and decides what of it is set aside. */
function lossesOf(project: Project, options: MigrateOptions): (plan: Plan) => Promise<KeepPlan> {
	let decide: ReturnType<typeof keepDecider> | undefined;
	return async (plan) => {
		if (plan.steps.length === 0) return (await import('./keep-nothing.ts')).keepNothing(project.config);
		const { keepDecider, refuseCopy, refuseLoss } = await import('./when-moving.ts');
		decide ??= keepDecider(options, refuseLoss);
		await refuseCopy(plan);
		return await decide(project, plan);
	};
}

/** What the steps of a plan would lock. */
async function measurePlan(
	project: Project,
	{ journal, plan }: { readonly journal: Journal; readonly plan: Plan },
	{ onProgress, signal }: MigrateOptions,
): Promise<MigrationLocks> {
	const { measureTags } = await import('./measure-project.ts');
	const tags = plan.steps.map(({ tag }) => tag);
	const progress = onProgress === undefined ? {} : { onProgress };
	return await measureTags(project, journal, { tags, signal, ...progress });
}
