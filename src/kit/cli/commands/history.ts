import { history } from '../../commands/history.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';

export const historyCommand: CommandSpec = {
	name: 'history',
	summary:
		'Every migration in order: state, when, how long, by whom, how good the way back is, and what is wrong.',
	options: {
		range: {
			type: 'string',
			short: 'r',
			value: '<from:to>',
			help: 'only these, both ends included: 0000:0003, -3:, :head',
		},
	},
	examples: [
		['pnpm db:history', 'all of them'],
		['pnpm db:history -r 0000:0001 --verbose', 'everything known of the first two'],
		['pnpm db:history --json', 'for scripts'],
	],
	run,
};

async function run({ values, project, paint }: Invocation): Promise<Outcome> {
	const range = values.range as string | undefined;
	const report = await history({ ...project, ...(range === undefined ? {} : { range }) });
	// One of the two is asked for, and either takes a while for thousands of migrations.
	if (values.json) {
		const { historyJson } = await import('../../report/render-json.ts');
		return { text: '', json: historyJson(report) };
	}
	const { renderHistory } = await import('../../report/render-history.ts');
	return { text: renderHistory(report, { paint, verbose: values.verbose === true }), json: undefined };
}
