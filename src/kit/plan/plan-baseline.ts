import { CompanionError } from '../errors.ts';
import type { History, HistoryEntry, Problem } from '../history/history.ts';
import { nameUpFile } from '../journal/name-files.ts';
import { renewProof } from '../journal/renew-proof.ts';
import type { ForgetStep, Plan, StampStep } from './plan.ts';
import { refuse, refuseProblems } from './refuse-problems.ts';
import { resolveTarget } from './resolve-target.ts';

export interface BaselineIntent {
	readonly target: string;
	/** Forget every row first, then stamp from scratch. */
	readonly purge: boolean;
}

/**
 * Plans which migrations to record as applied without running them.
 * @throws CompanionError when the target is wrong or journal and ledger disagree
 */
export function planBaseline(history: History, { target, purge }: BaselineIntent): Plan {
	return purge ? planPurge(history, target) : planForward(history, target);
}

function planForward(history: History, target: string): Plan {
	const to = resolveTarget(target, placesOf(history.entries, history.position));
	refuseProblems(history.problems.filter(blocks));
	if (to < history.position) {
		const here = history.entries[history.position - 1]?.tag;
		throw new CompanionError(
			'WRONG_DIRECTION',
			`The ledger is at ${here}, past ${history.entries[to - 1]?.tag ?? 'base'}: baseline records forward only.`,
			{
				hint: `To record from scratch: pnpm db:baseline ${target} --purge. To undo migrations: pnpm db:rollback ${target}.`,
				details: { target, position: history.position, to },
			},
		);
	}
	const pending = history.entries.slice(0, to).filter(({ state }) => state === 'pending');
	return { from: history.position, to, steps: pending.map(toStampStep) };
}

/** What only the database knows is forgotten too, so positions are those of the journal alone. */
function planPurge({ entries, position }: History, target: string): Plan {
	const known = entries.filter(({ migration }) => migration !== undefined);
	const to = resolveTarget(
		target,
		placesOf(known, known.findLastIndex(({ state }) => state === 'applied') + 1),
	);
	const forgotten = entries.filter(({ state }) => state === 'applied').toReversed();
	return {
		from: position,
		to,
		steps: [...forgotten.map(toForgetStep), ...known.slice(0, to).map(toStampStep)],
	};
}

function blocks({ code }: Problem): boolean {
	return code === 'EDITED' || code === 'UNKNOWN_APPLIED';
}

function placesOf(entries: readonly HistoryEntry[], position: number) {
	return { tags: entries.map(({ tag }) => tag), position };
}

function toForgetStep({ index, tag, when, applied, checksum }: HistoryEntry): ForgetStep {
	return {
		kind: 'forget',
		index,
		tag,
		when,
		checksum: applied?.checksum ?? checksum,
		rowId: applied?.id ?? 0,
	};
}

function toStampStep({ index, tag, when, migration }: HistoryEntry): StampStep {
	if (migration?.up === undefined)
		throw refuse(
			'MIGRATION_FILE_NOT_FOUND',
			`${migration === undefined ? tag : nameUpFile(migration)} is missing, and its checksum is what the ledger records.`,
			'Restore the file from version control.',
		);
	const { up, down } = migration;
	return {
		kind: 'stamp',
		index,
		tag,
		when,
		checksum: up.checksum,
		...(down === undefined ? {} : { down: renewProof(down, up) }),
	};
}
