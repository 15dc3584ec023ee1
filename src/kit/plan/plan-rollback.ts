import { CompanionError } from '../errors.ts';
import type { History, HistoryEntry } from '../history/history.ts';
import type { DownFile } from '../journal/migration.ts';
import { nameDownFile } from '../journal/name-files.ts';
import type { Plan, RevertStep } from './plan.ts';
import { refuse, refuseProblems } from './refuse-problems.ts';
import { resolveTarget } from './resolve-target.ts';

export interface RollbackIntent {
	readonly target: string;
	/** Down files that the log kept, by tag, for migrations whose file is gone. */
	readonly keptDowns: ReadonlyMap<string, DownFile>;
}

/**
 * Plans the way back: every applied migration above the target, newest first, each with its down SQL.
 * @throws CompanionError when the target is wrong, or a down is missing, unproven or irreversible
 */
export function planRollback(history: History, { target, keptDowns }: RollbackIntent): Plan {
	const limit = resolveRollbackTarget(history, target);
	const reverted = entriesAbove(history, limit);
	const tags = new Set(reverted.map(({ tag }) => tag));
	refuseProblems(history.problems.filter(({ code, tag }) => code === 'EDITED' && tags.has(tag)));
	return {
		from: history.position,
		to: reverted.length === 0 ? history.position : positionBelow(history, limit),
		steps: reverted.map((entry) => toRevertStep(entry, keptDowns.get(entry.tag))),
	};
}

/** The applied migrations that a rollback to the target would revert, newest first. */
export function findReverted(history: History, target: string): readonly HistoryEntry[] {
	return entriesAbove(history, resolveRollbackTarget(history, target));
}

/** Where the database stands once everything from `limit` on is reverted: what is pending below does not count. */
function positionBelow({ entries }: History, limit: number): number {
	return entries.slice(0, limit).findLastIndex(({ state }) => state === 'applied') + 1;
}

function resolveRollbackTarget(history: History, target: string): number {
	const { entries, position } = history;
	const applied = entries.flatMap(({ state }, index) => (state === 'applied' ? [index] : []));
	const to = resolveTarget(target, { tags: entries.map(({ tag }) => tag), position, applied });
	if (to <= position) return to;
	throw new CompanionError(
		'WRONG_DIRECTION',
		`The database is at ${entries[position - 1]?.tag ?? 'base'}, before ${entries[to - 1]?.tag}: rollback goes back only.`,
		{
			hint: `To go forward: pnpm db:migrate ${target}.`,
			details: { target, position, to },
		},
	);
}

function entriesAbove({ entries }: History, to: number): readonly HistoryEntry[] {
	return entries
		.slice(to)
		.filter(({ state }) => state === 'applied')
		.toReversed();
}

function toRevertStep(entry: HistoryEntry, kept: DownFile | undefined): RevertStep {
	const { index, tag, when, applied, migration } = entry;
	const down = migration?.down ?? kept;
	if (down === undefined) throw noDown(entry);
	if (down.reversibility === 'irreversible') {
		throw refuse(
			'DOWN_IRREVERSIBLE',
			`${tag} cannot be rolled back: ${down.reason ?? 'its down file says irreversible'}.`,
			'Write a new migration that repairs forward: pnpm db:generate --custom.',
		);
	}
	if (down.proof !== 'proven') throw unproven(tag, down);
	return {
		kind: 'revert',
		index,
		tag,
		when,
		checksum: applied?.checksum ?? entry.checksum,
		sql: down.sql,
		source: down.file,
		linesAbove: countLines(down.text.trimEnd()) - countLines(down.sql),
		reversibility: down.reversibility,
		loses: down.loses,
		rowId: applied?.id ?? 0,
	};
}

/** The SQL is what the file ends with. */
function countLines(text: string): number {
	return text.split('\n').length;
}

function noDown({ tag, migration }: HistoryEntry): CompanionError {
	const message =
		migration === undefined
			? `${tag} is not in the journal, and the log kept no down SQL of it.`
			: `${tag} has no down file: ${nameDownFile(migration)} does not exist.`;
	const hint =
		migration === undefined
			? 'Check out the version of the project that has it and roll back from there.'
			: `Write and prove one: pnpm db:reverse ${tag}.`;
	return refuse('DOWN_FILE_NOT_FOUND', message, hint);
}

function unproven(tag: string, down: DownFile): CompanionError {
	const what =
		down.proof === 'edited' ? 'it, or the up file, was edited after it was proven' : 'it has no proof line';
	return refuse(
		'DOWN_UNPROVEN',
		`The down of ${tag} is not proven: ${what} (${down.file}).`,
		`Prove it as it stands: pnpm db:reverse --prove ${tag}.`,
	);
}
