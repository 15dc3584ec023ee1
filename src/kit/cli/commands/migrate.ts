import type { GuardOptions } from '../../commands/guard-database.ts';
import { migrate } from '../../commands/migrate.ts';
import type { MoveOptions } from '../../commands/move.ts';
import { renderNothing } from '../../report/render-nothing.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';
import { moveOptions } from '../common-options.ts';
import { readDuration } from '../read-duration.ts';
import { readKeepChoice } from '../read-keep-choice.ts';

export const migrateCommand: CommandSpec = {
	name: 'migrate',
	summary: 'Applies pending migrations up to the target (default head), each in its own transaction.',
	positional: '[target]',
	options: {
		...moveOptions,
		'out-of-order': { type: 'boolean', help: 'apply pending migrations that are older than applied ones' },
	},
	examples: [
		['pnpm db:migrate', 'apply everything that is pending'],
		['pnpm db:migrate +1', 'apply the next one'],
		['pnpm db:migrate 0003 --plan', 'show what would be applied; with --verbose, what each statement locks'],
	],
	run,
};

async function run(invocation: Invocation): Promise<Outcome> {
	const { target, values } = invocation;
	const options = {
		...readMoveOptions(invocation),
		...(target === undefined ? {} : { target }),
		outOfOrder: values['out-of-order'] === true,
		measureLocks: values.verbose === true,
	};
	const report = await migrate(options, { isBrief: true });
	// Where nothing is to be done, one sentence says so: what shows a plan or a run is not loaded for it.
	return values.json || report.report?.steps.length !== 0
		? (await import('../show-migrate.ts')).showMigrate(report, invocation)
		: { text: renderNothing(report, invocation.paint), json: undefined };
}

/** How the user agrees to what is dangerous on a database that is not local. */
export function readGuardOptions({ values, terminal }: Invocation): GuardOptions {
	const { ask } = terminal;
	return {
		yes: values.yes === true,
		...(ask === undefined || values.json
			? {}
			: {
					askDatabaseName: (label: string, action: string) =>
						ask(`${label} is not on this machine. To ${action} there, type the name of the database: `),
				}),
	};
}

/** The options that the commands which move a database share. */
export function readMoveOptions(invocation: Invocation): MoveOptions {
	const { values, project } = invocation;
	const lockWait = values['lock-wait'];
	return {
		...project,
		...(values.sql ? { only: 'sql' as const } : values.plan ? { only: 'plan' as const } : {}),
		...readKeepChoice(invocation),
		...(typeof lockWait === 'string' ? { lockWait: readDuration('lock-wait', lockWait) } : {}),
	};
}
