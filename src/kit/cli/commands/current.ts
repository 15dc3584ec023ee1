import { current } from '../../commands/history.ts';
import { renderCurrent } from '../../report/render-current.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';

export const currentCommand: CommandSpec = {
	name: 'current',
	summary: 'Where the database stands: the newest applied migration and its position.',
	options: { check: { type: 'boolean', help: 'exit 3 when the database is not at head' } },
	examples: [
		['pnpm db:current', 'tag and position'],
		['pnpm db:current --check', 'for a readiness probe or CI'],
	],
	run,
};

async function run({ values, project, paint }: Invocation): Promise<Outcome> {
	const report = await current(project);
	return {
		text: renderCurrent(report, paint),
		json: report,
		exitCode: values.check && !report.isAtHead ? 3 : 0,
	};
}
