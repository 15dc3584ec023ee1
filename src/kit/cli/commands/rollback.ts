import { rollback } from '../../commands/rollback.ts';
import type { CountedLoss } from '../../plan/counted-loss.ts';
import type { Plan } from '../../plan/plan.ts';
import { moveJson } from '../../report/render-json.ts';
import { keepJson, renderKeepPlan } from '../../report/render-kept.ts';
import { renderMove, renderPlan } from '../../report/render-move.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';
import { moveOptions } from '../common-options.ts';
import { readGuardOptions, readMoveOptions } from './migrate.ts';

export const rollbackCommand: CommandSpec = {
	name: 'rollback',
	summary:
		'Runs down SQL back to the target, newest first. Says first what would be lost, counted in this database.',
	positional: '<target>',
	options: {
		...moveOptions,
		'accept-data-loss': {
			type: 'boolean',
			help: 'lose what the plan says would be lost, without being asked',
		},
	},
	examples: [
		['pnpm db:rollback -1', 'go back one migration'],
		['pnpm db:rollback 0002_add_invoices', 'go back to this one, which stays applied'],
		['pnpm db:rollback base --plan', 'show what going back to the beginning would lose'],
	],
	run,
};

async function run(invocation: Invocation): Promise<Outcome> {
	const { target = '', values, paint, terminal } = invocation;
	const report = await rollback({
		...readMoveOptions(invocation),
		...readGuardOptions(invocation),
		target,
		acceptDataLoss: values['accept-data-loss'] === true,
		...(terminal.ask === undefined || values.json ? {} : { confirmLosses: confirmWith(terminal.ask) }),
		...(values.plan || values.sql
			? {}
			: { onPlan: (plan: Plan, losses: readonly CountedLoss[]) => showPlan(invocation, plan, losses) }),
	});
	const text = values.sql
		? (report.script ?? '')
		: values.plan
			? [renderPlan(report, { paint, losses: report.losses }), ...renderKeepPlan(report.keep, paint)].join(
					'\n',
				)
			: renderMove(report, paint);
	return { text, json: { ...moveJson(report, report.losses), ...keepJson(report.keep) } };
}

function showPlan({ terminal, paint }: Invocation, plan: Plan, losses: readonly CountedLoss[]): void {
	if (plan.steps.length > 0) terminal.say(renderPlan({ plan }, { paint, losses }));
}

function confirmWith(ask: (question: string) => Promise<string>) {
	return async (): Promise<boolean> =>
		/^y(es)?$/i.test((await ask('Lose this for good? Type yes to go on: ')).trim());
}
