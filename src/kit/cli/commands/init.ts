import { relative } from 'node:path';
import { type InitPlan, init } from '../../commands/init.ts';
import type { Paint } from '../../report/paint.ts';
import { renderChanges, renderInit } from '../../report/render-init.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';
import type { Terminal } from '../terminal.ts';

export const initCommand: CommandSpec = {
	name: 'init',
	summary:
		'Sets the companion up in a project that already uses Drizzle on PostgreSQL; asks before it changes a file.',
	options: {
		plan: { type: 'boolean', help: 'show what would be changed and stop' },
		yes: { type: 'boolean', help: 'change the files without being asked' },
	},
	examples: [
		['pnpm db:init', 'in the folder of drizzle.config.ts'],
		['pnpm db:init --plan', 'look first'],
	],
	run,
};

async function run({ values, project, paint, terminal }: Invocation): Promise<Outcome> {
	const report = await init({
		...project,
		yes: values.yes === true,
		...(values.plan ? { only: 'plan' as const } : {}),
		...(values.json ? {} : confirmOn(terminal, paint)),
	});
	return { text: renderInit({ ...report, changes: nameFiles(report.changes) }, paint), json: report };
}

function confirmOn({ ask, say }: Terminal, paint: Paint) {
	if (ask === undefined) return {};
	const confirm = async (plan: InitPlan): Promise<boolean> => {
		say(renderChanges({ changes: nameFiles(plan.changes) }, paint));
		return /^y(es)?$/i.test((await ask('Write this? [y/N] ')).trim());
	};
	return { confirm };
}

/** As the user would type them. */
function nameFiles(changes: InitPlan['changes']): InitPlan['changes'] {
	return changes.map((change) => ({ ...change, file: relative(process.cwd(), change.file) }));
}
