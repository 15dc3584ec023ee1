import type { CompanionError } from '../errors.ts';
import type { History, HistoryEntry } from '../history/history.ts';
import type { CountedLoss } from '../plan/counted-loss.ts';
import type { Plan } from '../plan/plan.ts';
import type { MoveShown } from './render-move.ts';

/** The document of `history --json`. */
export function historyJson({
	database,
	position,
	head,
	entries,
	problems,
	notices = [],
}: History & { readonly database: string }): object {
	return {
		database,
		position,
		head,
		entries: entries.map(entryJson),
		problems,
		...(notices.length === 0 ? {} : { notices }),
	};
}

/** One migration as `history --json` and `show --json` have it. */
export function entryJson(entry: HistoryEntry): object {
	const {
		index,
		tag,
		when,
		state,
		how,
		appliedAt,
		appliedBy,
		durationMilliseconds,
		reversibility,
		isKept,
		loses,
		checksum,
		problems,
	} = entry;
	return {
		index,
		tag,
		when,
		state,
		how,
		appliedAt,
		appliedBy,
		durationMilliseconds,
		reversibility: isKept ? 'lossless (kept)' : reversibility,
		loses,
		checksum,
		problems,
	};
}

/** The document of `migrate`, `rollback` and `baseline` with `--json`. */
export function moveJson({ plan, report, script }: MoveShown, losses?: readonly CountedLoss[]): object {
	return {
		plan: planJson(plan),
		...(report === undefined ? {} : { report }),
		...(script === undefined ? {} : { script }),
		...(losses === undefined
			? {}
			: {
					losses: losses.map(({ tag, loss, rows, values }) => ({ tag, subject: loss.subject, rows, values })),
				}),
	};
}

function planJson({ from, to, steps }: Plan): object {
	return { from, to, steps: steps.map(({ kind, tag }) => ({ kind, tag })) };
}

/** The document of any command that failed. */
export function errorJson({
	code,
	message,
	hint,
	details,
}: Pick<CompanionError, 'code' | 'message' | 'hint' | 'details'>): object {
	return { error: { code, message, hint: hint ?? null, details } };
}
