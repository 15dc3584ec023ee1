import { type Reversed, reverse } from '../../commands/reverse.ts';
import { renderReversed, reverseJson } from '../../report/render-reverse.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';

export const reverseCommand: CommandSpec = {
	name: 'reverse',
	summary: 'Writes and proves the down files of migrations that have none, or of those named.',
	positional: '[target…]',
	options: {
		all: { type: 'boolean', help: 'every migration; down files written by hand are proven, not replaced' },
		prove: { type: 'boolean', help: 'prove the down files as they stand and renew their headers' },
	},
	examples: [
		['pnpm db:reverse', 'the migrations that have no down file'],
		['pnpm db:reverse 0003_add_invoices', 'this one, anew'],
		['pnpm db:reverse --prove 0003', 'its down file was edited: prove it as it stands'],
	],
	isOffline: () => true,
	run,
};

async function run({ targets, values, project, paint, terminal }: Invocation): Promise<Outcome> {
	const report = await reverse({
		...project,
		targets,
		all: values.all === true,
		prove: values.prove === true,
		onReversed: (reversed: Reversed) => values.json || terminal.say(renderReversed(reversed, paint)),
	});
	const failed = report.migrations.filter(({ result }) => result === 'failed');
	return {
		text: summarise(report.migrations),
		json: reverseJson(report.migrations),
		exitCode: failed.length > 0 ? 1 : 0,
	};
}

function summarise(migrations: readonly Reversed[]): string {
	if (migrations.length === 0) return 'Nothing to do: every migration has its down file.';
	const count = (result: Reversed['result']) => migrations.filter((each) => each.result === result).length;
	const parts = (['written', 'proven', 'irreversible', 'failed'] as const).map(
		(result) => [count(result), result] as const,
	);
	return `${parts
		.filter(([number]) => number > 0)
		.map(([number, result]) => `${number} ${result}`)
		.join(', ')}.`;
}
