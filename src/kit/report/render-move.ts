import type { HistoryEntry } from '../history/history.ts';
import type { KeptReport, RefillReport } from '../keep/kept.ts';
import type { CountedLoss } from '../plan/counted-loss.ts';
import { describeLoss, isRealLoss } from '../plan/counted-loss.ts';
import type { Plan, Step } from '../plan/plan.ts';
import type { Paint } from './paint.ts';
import { formatDuration, renderHistory } from './render-history.ts';
import { renderStepKept } from './render-kept.ts';
import { placeOf, renderNothing } from './render-nothing.ts';

/** What a report of `migrate`, `rollback` or `baseline` holds, as far as it is shown. */
export interface MoveShown {
	readonly plan: Plan;
	readonly report?: { readonly steps: readonly StepShown[]; readonly position: number };
	/** For a DBA, where one was asked for. */
	readonly script?: string;
	readonly history?: {
		readonly entries: readonly HistoryEntry[];
		readonly position: number;
		readonly head: number;
		readonly notices?: readonly string[];
	};
}

interface StepShown {
	readonly kind: Step['kind'];
	readonly tag: string;
	readonly durationMilliseconds: number;
	readonly kept?: readonly KeptReport[];
	readonly refilled?: readonly RefillReport[];
}

const done: Readonly<Record<Step['kind'], string>> = {
	apply: 'applied',
	revert: 'reverted',
	stamp: 'recorded, not run',
	forget: 'forgotten, not reverted',
	accept: 'accepted as it stands in the journal',
};
const todo: Readonly<Record<Step['kind'], string>> = {
	apply: 'will be applied',
	revert: 'will be reverted',
	stamp: 'will be recorded, not run',
	forget: 'will be forgotten, not reverted',
	accept: 'will be accepted as it stands in the journal',
};

/** What was done, one line per step, and where the database stands now. */
export function renderMove(move: MoveShown, paint: Paint): string {
	const { plan, report, history } = move;
	const steps = report?.steps ?? [];
	if (steps.length === 0) return renderNothing(move, paint);
	const lines = steps.flatMap((step) => [
		`${paint.bold(step.tag)} ${done[step.kind]} in ${formatDuration(step.durationMilliseconds)}`,
		...renderStepKept(step, paint),
	]);
	return [
		...lines,
		`The database is at ${placeOf(history, report?.position ?? plan.to)}.`,
		...renderTail(history, paint),
	].join('\n');
}

/** The plan in words, one line per step. */
export function renderPlan(
	{ plan, history }: MoveShown,
	{ paint, losses = [] }: { readonly paint: Paint; readonly losses?: readonly CountedLoss[] },
): string {
	if (plan.steps.length === 0) return `Nothing to do: the database is at ${placeOf(history, plan.to)}.`;
	const lines = plan.steps.map((step) => `${paint.bold(step.tag)} ${todo[step.kind]}${noteOf(step)}`);
	return [...lines, ...renderLosses(losses, paint)].join('\n');
}

/** What would be lost, counted; empty when nothing is there to be lost. */
export function renderLosses(losses: readonly CountedLoss[], paint: Paint): readonly string[] {
	const real = losses.filter(isRealLoss);
	if (real.length === 0) return [];
	return [paint.yellow('This would be lost:'), ...real.map((loss) => `  ${describeLoss(loss)}`)];
}

function noteOf(step: Step): string {
	return step.kind === 'revert' ? ` (${step.reversibility})` : '';
}

const shownEntries = 10;

function renderTail(history: MoveShown['history'], paint: Paint): readonly string[] {
	if (history === undefined) return [];
	const entries = history.entries.slice(-shownEntries);
	return ['', renderHistory({ ...history, entries, problems: [] }, { paint })];
}
