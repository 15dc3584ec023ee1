import { drift } from '../../commands/drift.ts';
import { renderDrift } from '../../report/render-drift.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';

export const driftCommand: CommandSpec = {
	name: 'drift',
	summary:
		'Compares the live database with what its applied migrations make, in words and as SQL in both directions. Exits 3 on drift.',
	options: {},
	examples: [
		['pnpm db:drift', 'did somebody change the database by hand?'],
		['pnpm db:drift --json', 'for scripts'],
	],
	run,
};

async function run({ values, project, paint }: Invocation): Promise<Outcome> {
	const report = await drift(project);
	return {
		text: renderDrift(report, { paint, verbose: values.verbose === true }),
		json: report,
		exitCode: report.differences.length === 0 ? 0 : 3,
	};
}
