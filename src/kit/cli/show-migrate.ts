import type { MigrateReport } from '../commands/migrate.ts';
import { moveJson } from '../report/render-json.ts';
import { keepJson, renderKeepPlan } from '../report/render-kept.ts';
import { renderMove, renderPlan } from '../report/render-move.ts';
import type { Invocation, Outcome } from './command.ts';

/** What `migrate` planned or did, as a text and as a document. */
export async function showMigrate(report: MigrateReport, { values, paint }: Invocation): Promise<Outcome> {
	const shown = report.locks === undefined ? undefined : await import('../report/render-plan-locks.ts');
	const text = values.sql
		? (report.script ?? '')
		: values.plan
			? [
					renderPlan(report, { paint }),
					...renderKeepPlan(report.keep, paint),
					...(shown?.renderPlanLocks(report.locks, paint) ?? []),
				].join('\n')
			: renderMove(report, paint);
	return { text, json: { ...moveJson(report), ...keepJson(report.keep), ...shown?.locksJson(report.locks) } };
}
