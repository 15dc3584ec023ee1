import { type KeptAction, kept } from '../../commands/kept.ts';
import { CompanionError } from '../../errors.ts';
import type { Kept } from '../../keep/kept.ts';
import { renderKept } from '../../report/render-kept.ts';
import type { CommandSpec, Invocation, Outcome } from '../command.ts';
import { readDuration } from '../read-duration.ts';

export const keptCommand: CommandSpec = {
	name: 'kept',
	summary:
		'Lists what lossy migrations and rollbacks set aside; gives it back, exports it, or throws it away.',
	positional: '[id, migration or table]',
	options: {
		restore: { type: 'boolean', help: 'give it back to its table, by hand' },
		'skip-conflicts': { type: 'boolean', help: 'leave kept what cannot go back, instead of stopping' },
		export: { type: 'string', value: '<file>', help: 'write it in the format of COPY, for psql' },
		prune: { type: 'boolean', help: 'throw away what was kept long ago; with --older-than' },
		'older-than': { type: 'string', value: '<duration>', help: 'how long ago, as 30d or 12h' },
		drop: { type: 'boolean', help: 'throw it away for good' },
		yes: { type: 'boolean', help: 'answer yes to the question of --drop' },
		'lock-wait': {
			type: 'string',
			value: '<duration>',
			help: 'wait this long for another run, as 60s or 10m (default 60s)',
		},
	},
	examples: [
		['pnpm db:kept', 'what is kept, from which migration, how much'],
		['pnpm db:kept 3 --restore', 'give this back'],
		['pnpm db:kept --export kept.sql', 'write everything to a file'],
		['pnpm db:kept --prune --older-than 30d', 'throw away what is older than 30 days'],
	],
	run,
};

async function run({ target, values, project, paint, terminal }: Invocation): Promise<Outcome> {
	const lockWait = values['lock-wait'];
	const { ask } = terminal;
	const listing = await kept({
		...project,
		action: readAction(values),
		yes: values.yes === true,
		...(target === undefined ? {} : { which: target }),
		...(typeof lockWait === 'string' ? { lockWait: readDuration('lock-wait', lockWait) } : {}),
		...(ask === undefined || values.json ? {} : { confirmDrop: confirmWith(ask) }),
	});
	return { text: renderKept(listing, paint), json: listing };
}

function readAction(values: Invocation['values']): KeptAction {
	const chosen = ['restore', 'export', 'prune', 'drop'].filter((name) => values[name] !== undefined);
	if (chosen.length > 1) throw new CompanionError('USAGE', `--${chosen.join(' and --')} exclude each other.`);
	const age = values['older-than'];
	if ((age === undefined) === (values.prune === true))
		throw new CompanionError('USAGE', '--prune and --older-than belong together: --prune --older-than 30d.');
	if (values.restore) return { kind: 'restore', skipConflicts: values['skip-conflicts'] === true };
	if (typeof values.export === 'string') return { kind: 'export', file: values.export };
	if (values.drop) return { kind: 'drop' };
	return typeof age === 'string'
		? { kind: 'prune', olderThan: readDuration('older-than', age) }
		: { kind: 'list' };
}

function confirmWith(ask: (question: string) => Promise<string>) {
	return async (found: readonly Kept[]): Promise<boolean> => {
		const list = found.map(({ id, subject, rows }) => `  ${id}  ${subject}: ${rows} rows`).join('\n');
		return /^y(es)?$/i.test((await ask(`${list}\nThrow this away for good? Type yes to go on: `)).trim());
	};
}
