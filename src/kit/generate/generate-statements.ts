import { CompanionError } from '../errors.ts';
import { findRiskyExpressions } from './find-risky-expressions.ts';
import { type DrizzleKit, toError } from './open-drizzle-kit.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * The SQL between two snapshots, statement by statement as drizzle-kit writes it. Renames are no longer looked for: what
 * is only in one of the two is created or dropped.
 * @throws CompanionError `JOURNAL_INVALID` when drizzle-kit finds the previous snapshot malformed, `GENERATE_FAILED` when its generator fails
 */
export async function generateStatements(
	kit: DrizzleKit,
	previous: Snapshot,
	current: Snapshot,
): Promise<readonly string[]> {
	const answer = await kit.run({ kind: 'generate', previous, current });
	if (answer.kind === 'done') return answer.value as string[];
	const cause = toError(answer.failure);
	if (cause.name === 'ZodError')
		throw new CompanionError(
			'JOURNAL_INVALID',
			`The last snapshot is malformed: ${listIssues(cause.message)}.`,
			{
				cause,
				hint: 'Restore it from version control.',
			},
		);
	throw new CompanionError(
		'GENERATE_FAILED',
		`drizzle-kit's generator failed on this change: ${cause.message}`,
		{
			cause,
			hint: explainRisk(current),
		},
	);
}

function explainRisk(current: Snapshot): string {
	const risky = findRiskyExpressions(current);
	if (risky.length === 0) return 'Write the SQL by hand: pnpm db:generate --custom.';
	return `drizzle-kit cuts SQL at ${risky.join(', ')}. Say it without (chr(59) is a semicolon), or write the SQL by hand: pnpm db:generate --custom.`;
}

/** zod 3 writes its issues as JSON into the message. */
function listIssues(message: string): string {
	try {
		const issues = JSON.parse(message) as { path: (string | number)[]; message: string }[];
		return issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
	} catch {
		return message;
	}
}
