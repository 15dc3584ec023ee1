import { join } from 'node:path';
import type { History, HistoryEntry, Problem, ProblemCode } from '../history/history.ts';
import type { Journal } from '../journal/journal.ts';
import { nameSnapshotFile, nameUpFile } from '../journal/name-files.ts';
import type { AllowedFinding, Finding, Findings, Severity } from './finding.ts';
import { readAllowances } from './read-allowances.ts';

/**
 * What is wrong between journal, files and ledger as findings. A missing way back is only a warning in a project of which no
 * migration has one: it was adopted, and nobody has written them yet.
 */
export function describeProblems({ entries, problems }: History, journal: Journal): Findings {
	const context: Context = {
		journal,
		entries: new Map(entries.map((entry) => [entry.tag, entry])),
		lastTag: journal.migrations.at(-1)?.tag,
		hasDowns: journal.migrations.some(({ down }) => down !== undefined),
	};
	const findings: Finding[] = [];
	const allowed: AllowedFinding[] = [];
	for (const problem of problems) {
		const finding = describe(problem, context);
		const reason = findReason(problem, context);
		if (reason === undefined) findings.push(finding);
		else allowed.push({ ...finding, reason });
	}
	return { findings, allowed };
}

interface Context {
	readonly journal: Journal;
	readonly entries: ReadonlyMap<string, HistoryEntry>;
	readonly lastTag: string | undefined;
	readonly hasDowns: boolean;
}

function describe(problem: Problem, context: Context): Finding {
	const { code, tag, message, hint } = problem;
	const file = locateProblem(problem, context);
	return {
		code,
		severity: rateProblem(problem, context),
		what: message,
		why: REASONS[code],
		how: hint,
		tag,
		...(file === undefined ? {} : { file, line: 1 }),
	};
}

const REASONS: Readonly<Record<ProblemCode, string>> = {
	EDITED: 'New databases get another schema than those that have it already.',
	OUT_OF_ORDER: "drizzle's migrator skips it silently; ours refuses to migrate until it is decided.",
	UNKNOWN_APPLIED: 'Nobody can tell what the database has that the migrations do not make.',
	FILE_MISSING: 'No new database can be migrated past it.',
	FILE_ORPHANED: 'What somebody wrote down to be done is never done.',
	SNAPSHOT_MISSING:
		'The next migration is made from the last snapshot: without it, drizzle-kit does things twice.',
	DOWN_MISSING: 'A release that goes wrong cannot be taken back.',
	DOWN_UNPROVEN: 'Nobody knows whether it works, and rollback refuses it.',
};

function rateProblem({ code, tag }: Problem, { entries, lastTag, hasDowns }: Context): Severity {
	switch (code) {
		case 'DOWN_MISSING':
			return hasDowns ? 'error' : 'warning';
		case 'DOWN_UNPROVEN':
			return entries.get(tag)?.migration?.down?.proof === 'edited' ? 'error' : 'warning';
		case 'SNAPSHOT_MISSING':
			return tag === lastTag ? 'error' : 'warning';
		case 'FILE_ORPHANED':
			return /^\d{4,}_/.test(tag) ? 'error' : 'warning';
		default:
			return 'error';
	}
}

function locateProblem({ code, tag }: Problem, { journal, entries }: Context): string | undefined {
	const { migration } = entries.get(tag) ?? {};
	switch (code) {
		case 'FILE_MISSING':
		case 'SNAPSHOT_MISSING':
			return migration?.layout === 'folders'
				? join(journal.folder, code === 'FILE_MISSING' ? nameUpFile(migration) : nameSnapshotFile(migration))
				: join(journal.folder, 'meta', '_journal.json');
		case 'FILE_ORPHANED':
			return join(journal.folder, `${tag}.sql`);
		case 'DOWN_UNPROVEN':
			return migration?.down?.file;
		default:
			return migration?.up?.file;
	}
}

/** Why a file does without its way back, where it says so. */
function findReason({ code, tag }: Problem, { entries }: Context): string | undefined {
	if (code !== 'DOWN_MISSING' && code !== 'DOWN_UNPROVEN') return undefined;
	const sql = entries.get(tag)?.migration?.up?.sql ?? '';
	const rule = code.toLowerCase().replace('_', '-');
	return readAllowances(sql, []).find((each) => each.rule === rule && each.reason !== '')?.reason;
}
