import type { KeepChoice } from '../commands/decide-keep.ts';
import { CompanionError } from '../errors.ts';
import type { KeepPlan } from '../keep/plan-keep.ts';
import type { Paint } from '../report/paint.ts';
import type { Invocation } from './command.ts';

/**
 * What the user says about data that steps throw away.
 * @throws CompanionError `USAGE` for `--keep` together with `--no-keep`
 */
export function readKeepChoice({ values, terminal, paint }: Invocation): KeepChoice {
	if (values.keep && values['no-keep'])
		throw new CompanionError('USAGE', '--keep and --no-keep exclude each other.');
	const { ask } = terminal;
	const isQuiet = values.plan || values.sql;
	return {
		...(values.keep ? { keep: true } : values['no-keep'] ? { keep: false } : {}),
		skipConflicts: values['skip-conflicts'] === true,
		...(values.yes
			? { confirmKeep: async () => true }
			: ask === undefined || values.json
				? {}
				: { confirmKeep: confirmWith(ask) }),
		...(isQuiet ? {} : { onKeep: sayWith(terminal.say, paint) }),
	};
}

function confirmWith(ask: (question: string) => Promise<string>) {
	return async ({ problems }: KeepPlan): Promise<boolean> => {
		const reasons = problems.map(({ tag, reason }) => `${tag}: ${reason}.`).join('\n');
		return /^y(es)?$/i.test((await ask(`${reasons}\nKeep it? Type yes to keep it: `)).trim());
	};
}

function sayWith(say: (line: string) => void, paint: Paint) {
	return async (keep: KeepPlan): Promise<void> => {
		const { renderKeepPlan } = await import('../report/render-kept.ts');
		renderKeepPlan(keep, paint).forEach(say);
	};
}
