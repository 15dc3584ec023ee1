import type { CompanionError } from '../errors.ts';
import type { Finding } from './finding.ts';

/** What kept a check from going on, as a finding. */
export function describeError({ code, message, hint, details }: CompanionError): Finding {
	const { file, line, column, tag } = details;
	const conflict = /in line (\d+)/.exec(message)?.[1];
	return {
		code,
		severity: 'error',
		what: message,
		why: REASONS[code] ?? 'What comes after it could not be checked.',
		how: hint ?? 'Correct it and check again.',
		...(typeof tag === 'string' ? { tag } : {}),
		...(typeof file === 'string' ? { file, line: Number(line ?? conflict ?? 1) } : {}),
		...(typeof column === 'number' ? { column } : {}),
	};
}

const REASONS: Readonly<Record<string, string>> = {
	JOURNAL_INVALID: 'Every command reads the journal first: none works until it is mended.',
	JOURNAL_NOT_FOUND: 'There are migrations, and nothing says in which order they run.',
	STATEMENT_FAILED: 'No new database can be migrated past it.',
};
