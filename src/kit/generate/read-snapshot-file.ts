import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { CompanionError } from '../errors.ts';

/** A snapshot's JSON, of whatever version. @throws CompanionError `JOURNAL_INVALID` naming the file */
export function readSnapshotFile(file: string): Readonly<Record<string, unknown>> {
	const text = readFileSync(file, 'utf8');
	try {
		const snapshot: unknown = JSON.parse(text);
		if (typeof snapshot === 'object' && snapshot !== null && !Array.isArray(snapshot))
			return snapshot as Record<string, unknown>;
	} catch (error) {
		throw unreadable(file, text, error as Error);
	}
	throw invalid(file, 'is not a drizzle-kit snapshot: it holds no object', { hint: RESTORE });
}

const RESTORE = 'Restore the file from version control.';

function unreadable(file: string, text: string, cause: Error): CompanionError {
	const conflict = text.split('\n').findIndex((line) => /^(<{7}|={7}|>{7})/.test(line));
	if (conflict < 0) return invalid(file, `is not JSON: ${cause.message}`, { hint: RESTORE, cause });
	const files = basename(file) === 'snapshot.json' ? 'its folder' : 'SQL, snapshot, journal entry';
	return invalid(file, `holds git conflict markers, the first in line ${conflict + 1}`, {
		hint: `Take one side of it, delete the migration of the other side (${files}), and run \`pnpm db:generate\` again to make it anew.`,
		cause,
	});
}

function invalid(
	file: string,
	problem: string,
	{ hint, cause }: { readonly hint: string; readonly cause?: unknown },
): CompanionError {
	return new CompanionError('JOURNAL_INVALID', `${file} ${problem}.`, {
		hint,
		details: { file, problems: [problem] },
		cause,
	});
}
