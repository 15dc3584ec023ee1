import type { Journal } from '../journal/journal.ts';
import type { Plan } from '../plan/plan.ts';
import { planMigrate } from '../plan/plan-migrate.ts';
import { keepDecider, refuseLoss } from './decide-keep.ts';
import type { MigrationLocks } from './measure-project.ts';
import { type MoveOptions, type MoveReport, move } from './move.ts';
import { followHistory } from './read-history.ts';
import { readJournalOnce } from './read-journal-once.ts';
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
 * @throws CompanionError; `STATEMENT_FAILED` when a migration failed, with those before it applied
 */
export async function migrate(options: MigrateOptions = {}): Promise<MigrateReport> {
	return await withProject(options, async (project) => {
		const journal = readJournalOnce(project.config.folder);
		const intent = { target: options.target ?? 'head', outOfOrder: options.outOfOrder ?? false };
		const decide = keepDecider(options, refuseLoss);
		const readNow = followHistory(project.session, project.config, journal);
		const readPlan = async () => {
			const history = await readNow();
			const plan = planMigrate(history, intent);
			if (plan.steps.length > 0) await (await import('./when-moving.ts')).refuseCopy(plan);
			return { history, plan, keep: await decide(project, plan) };
		};
		const report = await move(project, options, { journal, readPlan });
		return options.only === 'plan' && options.measureLocks
			? { ...report, locks: await measurePlan(project, { journal: journal(), plan: report.plan }, options) }
			: report;
	});
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
