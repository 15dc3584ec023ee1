import { CompanionError, type ErrorCode } from '../errors.ts';
import type { Problem, ProblemCode } from '../history/history.ts';

/**
 * Refuses to plan on a history with these problems: one error, of the gravest one's kind, that names them all.
 * @throws CompanionError unless the list is empty
 */
export function refuseProblems(problems: readonly Problem[]): void {
	if (problems.length === 0) return;
	const [first] = [...problems].sort((a, b) => rankOf(a) - rankOf(b)) as [Problem];
	const sentences = problems.slice(0, 10).map(({ message }) => message);
	if (problems.length > 10) sentences.push(`${problems.length - 10} more: see pnpm db:history.`);
	throw new CompanionError(errorCode(first.code), sentences.join('\n'), {
		hint: first.hint,
		details: { problems },
	});
}

/** What a row that nobody knows does to the order is no finding of its own, so the order comes last. */
function rankOf({ code }: Problem): number {
	return ['UNKNOWN_APPLIED', 'EDITED', 'FILE_MISSING'].indexOf(code) >>> 0;
}

/** A refusal while planning: nothing has happened. */
export function refuse(code: ErrorCode, message: string, hint: string): CompanionError {
	return new CompanionError(code, message, { hint });
}

function errorCode(code: ProblemCode): ErrorCode {
	if (code === 'EDITED' || code === 'OUT_OF_ORDER' || code === 'UNKNOWN_APPLIED' || code === 'DOWN_UNPROVEN')
		return code;
	return code === 'DOWN_MISSING' ? 'DOWN_FILE_NOT_FOUND' : 'MIGRATION_FILE_NOT_FOUND';
}
