import { CompanionError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';
import type { StepOptions } from '../run/run-step.ts';

/** The refusal of kept rows in the middle of a run, with what was finished, what was aborted and what did not run. */
export function explainConflict(
	error: CompanionError,
	{ tag, kind }: Step,
	{ finished, waiting }: Pick<StepOptions, 'finished' | 'waiting'>,
): CompanionError {
	return new CompanionError(error.code, error.message, {
		hint: `Nothing of ${tag} was ${kind === 'revert' ? 'reverted' : 'applied'}, and everything that is kept stays kept. ${suggestNext(kind)}`,
		details: {
			...error.details,
			tag,
			kind,
			finished: finished.map((each) => each.tag),
			notRun: waiting.map((each) => each.tag),
		},
		cause: error.cause,
	});
}

/** The two ways on for somebody whose kept rows cannot go back. */
export function suggestNext(kind: Step['kind']): string {
	const command = kind === 'revert' ? 'pnpm db:rollback <target>' : 'pnpm db:migrate';
	return `Mend these rows and run the command again, or leave them kept: ${command} --skip-conflicts.`;
}
