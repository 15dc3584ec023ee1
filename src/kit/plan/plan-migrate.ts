import { CompanionError } from '../errors.ts';
import type { History, HistoryEntry, Problem } from '../history/history.ts';
import { nameUpFile } from '../journal/name-files.ts';
import { renewProof } from '../journal/renew-proof.ts';
import type { ApplyStep, Plan } from './plan.ts';
import { refuse, refuseProblems } from './refuse-problems.ts';
import { resolveTarget } from './resolve-target.ts';

export interface MigrateIntent {
	readonly target: string;
	/** Apply pending migrations that are older than applied ones. */
	readonly outOfOrder: boolean;
}

/**
 * Plans the way forward: every pending migration up to the target, oldest first.
 * @throws CompanionError when the target is wrong or journal and ledger disagree
 */
export function planMigrate(history: History, { target, outOfOrder }: MigrateIntent): Plan {
	const to = resolveTarget(target, {
		tags: history.entries.map(({ tag }) => tag),
		position: history.position,
	});
	refuseProblems(history.problems.filter((problem) => blocks(problem, outOfOrder)));
	if (to < history.position) throw wrongDirection(target, history, to);
	const pending = history.entries.slice(0, to).filter(({ state }) => state === 'pending');
	return { from: history.position, to, steps: pending.map(toApplyStep) };
}

function blocks({ code }: Problem, outOfOrder: boolean): boolean {
	return (
		code === 'EDITED' ||
		code === 'UNKNOWN_APPLIED' ||
		code === 'FILE_MISSING' ||
		(code === 'OUT_OF_ORDER' && !outOfOrder)
	);
}

function toApplyStep({ index, tag, when, checksum, migration }: HistoryEntry): ApplyStep {
	if (migration?.up === undefined)
		throw refuse(
			'MIGRATION_FILE_NOT_FOUND',
			`${migration === undefined ? tag : nameUpFile(migration)} is missing.`,
			'Restore the file from version control.',
		);
	const { up, down } = migration;
	return {
		kind: 'apply',
		index,
		tag,
		when,
		checksum,
		up,
		...(down === undefined ? {} : { down: renewProof(down, up) }),
	};
}

function wrongDirection(target: string, { entries, position }: History, to: number): CompanionError {
	const here = entries[position - 1]?.tag ?? 'base';
	return new CompanionError(
		'WRONG_DIRECTION',
		`The database is at ${here}, past ${entries[to - 1]?.tag ?? 'base'}: migrate goes forward only.`,
		{
			hint: `To go back: pnpm db:rollback ${target}.`,
			details: { target, position, to },
		},
	);
}
