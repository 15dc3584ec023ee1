import type { Migration } from '../journal/migration.ts';
import { nameDownFile, nameSnapshotFile, nameUpFile } from '../journal/name-files.ts';
import type { LedgerForm } from '../ledger/ledger-table.ts';
import type { CompareOptions } from './compare-history.ts';
import type { HistoryEntry, Problem, ProblemCode } from './history.ts';
import { explainStamp } from './stamped-by-hand.ts';

export interface ProblemOptions extends CompareOptions {
	readonly ledgerForm: LedgerForm;
}

/** Everything that is wrong between journal, files and ledger, in the order of the history; orphaned files come last. */
export function findProblems(
	entries: readonly HistoryEntry[],
	orphans: readonly string[],
	options: ProblemOptions,
): readonly Problem[] {
	const context = { ...options, newest: newestApplied(entries) };
	const finders = options.comparesDowns === false ? ofUps : [...ofUps, ...ofDowns];
	const problems: Problem[] = [];
	for (const entry of entries) {
		if (entry.migration === undefined) {
			problems.push(unknownApplied(entry));
			continue;
		}
		for (const find of finders) {
			const found = find(entry, context);
			if (found !== undefined) problems.push(found);
		}
	}
	problems.push(...orphans.map((file) => orphaned(file, options.ledgerForm)));
	return problems;
}

interface Newest {
	readonly index: number;
	readonly when: number;
	readonly tag: string;
}

function newestApplied(entries: readonly HistoryEntry[]): Newest | undefined {
	let last: HistoryEntry | undefined;
	let when = Number.NEGATIVE_INFINITY;
	for (const entry of entries) {
		if (entry.state !== 'applied') continue;
		last = entry;
		when = Math.max(when, entry.when);
	}
	return last === undefined ? undefined : { index: last.index, when, tag: last.tag };
}

interface FinderOptions extends ProblemOptions {
	readonly newest: Newest | undefined;
}

type Finder = (entry: HistoryEntry, options: FinderOptions) => Problem | undefined;

/** What may be wrong with a migration of the journal. */
const ofUps: readonly Finder[] = [fileMissing, edited, stampedByHand, outOfOrder, snapshotMissing];
/** And with its way back. */
const ofDowns: readonly Finder[] = [downMissing, downUnproven];

function fileMissing({ tag, migration, state }: HistoryEntry): Problem | undefined {
	if (migration === undefined || migration.up !== undefined) return undefined;
	const applied = state === 'applied' ? '; it was applied' : '';
	const missing =
		migration.layout === 'folders'
			? 'is missing, and the snapshot of it is there'
			: 'is in the journal and not in the folder';
	return problem(
		'FILE_MISSING',
		tag,
		`${nameUpFile(migration)} ${missing}${applied}.`,
		'Restore the file from version control.',
	);
}

function edited(
	{ tag, migration, applied }: HistoryEntry,
	{ isSameText }: CompareOptions,
): Problem | undefined {
	if (migration?.up === undefined || applied === undefined) return undefined;
	if (applied.checksum === migration.up.checksum || isSameText(migration.up.sql, applied.checksum))
		return undefined;
	return problem(
		'EDITED',
		tag,
		`${nameUpFile(migration)} was edited after it was applied.`,
		`Restore the file and put the change in a new migration: pnpm db:generate. If the edit is meant to stay, accept it: pnpm db:repair.`,
	);
}

function stampedByHand(
	{ tag, migration, applied }: HistoryEntry,
	{ ledgerForm }: ProblemOptions,
): Problem | undefined {
	if (migration === undefined || applied === undefined) return undefined;
	const message = explainStamp(migration, applied, ledgerForm);
	if (message === undefined) return undefined;
	return problem('UNKNOWN_APPLIED', tag, message, 'Bring the row in line with the journal: pnpm db:repair.');
}

/**
 * drizzle-orm 0.x skips what is not newer than everything applied, and 1.0 runs it silently on top of what came later: either way
 * somebody has to decide.
 */
function outOfOrder(
	{ tag, index, when, state, migration }: HistoryEntry,
	{ newest }: FinderOptions,
): Problem | undefined {
	if (state === 'applied' || newest === undefined) return undefined;
	const isNewer = when > newest.when || migration?.layout === 'folders';
	if (index > newest.index && isNewer) return undefined;
	const files = migration?.layout === 'folders' ? 'its folder' : 'its files and entry';
	return problem(
		'OUT_OF_ORDER',
		tag,
		`${tag} is pending and older than ${newest.tag}, which is applied.`,
		`If the two do not touch each other, apply it late: pnpm db:migrate --out-of-order. Otherwise generate it again on top: delete ${files}, then pnpm db:generate.`,
	);
}

function snapshotMissing({ tag, migration }: HistoryEntry): Problem | undefined {
	if (migration?.hasSnapshot !== false) return undefined;
	return problem(
		'SNAPSHOT_MISSING',
		tag,
		`${nameSnapshotFile(migration)}, the snapshot of ${tag}, is missing.`,
		'Restore the file from version control; drizzle-kit compares with the last one.',
	);
}

function downMissing({ tag, migration }: HistoryEntry): Problem | undefined {
	if (migration?.down !== undefined) return undefined;
	return problem(
		'DOWN_MISSING',
		tag,
		`${tag} has no down file, so it cannot be rolled back.`,
		`Write and prove one: pnpm db:reverse ${tag}.`,
	);
}

function downUnproven({ tag, migration }: HistoryEntry): Problem | undefined {
	const down = migration?.down;
	if (down === undefined || down.proof === 'proven' || down.reversibility === 'irreversible')
		return undefined;
	const what =
		down.proof === 'edited' ? 'was edited, or its up file was, after it was proven' : 'has no proof';
	return problem(
		'DOWN_UNPROVEN',
		tag,
		`${nameDownFile(migration as Migration)} ${what}.`,
		`Prove it as it stands: pnpm db:reverse --prove ${tag}.`,
	);
}

function unknownApplied({ tag, applied }: HistoryEntry): Problem {
	return problem(
		'UNKNOWN_APPLIED',
		tag,
		`The database has ${tag} (created_at ${applied?.when ?? 'NULL'}, hash ${applied?.checksum.slice(0, 8)}…), which is not in the journal.`,
		`Check out the version of the project that has it; or roll it back: pnpm db:rollback -1; or forget it, if its changes are gone: pnpm db:repair.`,
	);
}

function orphaned(file: string, { layout }: LedgerForm): Problem {
	const tag = file.replace(/\.sql$/, '');
	if (layout === 'folders') {
		return problem(
			'FILE_ORPHANED',
			tag,
			`${file} belongs to no migration: it will never run.`,
			file.endsWith('.down.sql')
				? '`drizzle-kit up` moves migrations into folders and leaves their down files behind: pnpm db:repair moves them after.'
				: 'Delete it, or restore the folder of its migration from version control.',
		);
	}
	const isDown = file.endsWith('.down.sql');
	return problem(
		'FILE_ORPHANED',
		tag,
		`${file} is in the folder and no entry of the journal names ${isDown ? 'its migration' : 'it'}: it will never run.`,
		'Delete it, or restore its entry in meta/_journal.json from version control.',
	);
}

function problem(code: ProblemCode, tag: string, message: string, hint: string): Problem {
	return { code, tag, message, hint };
}
