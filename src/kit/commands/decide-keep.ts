import { CompanionError } from '../errors.ts';
import type { KeepSwitch } from '../keep/keep-outcome.ts';
import { resolveKeepSettings } from '../keep/keep-settings.ts';
import { type KeepPlan, type PlannedKeep, planKeep } from '../keep/plan-keep.ts';
import type { Plan } from '../plan/plan.ts';
import { keepNothing } from './keep-nothing.ts';
import type { Project } from './with-project.ts';

/** What a caller may say about data that steps throw away. */
export interface KeepChoice {
	/** True: set it aside, however much it is; false: do not. Default: `companion.keep`. */
	readonly keep?: boolean;
	/** Leave kept what cannot go back into its table, instead of refusing the step. */
	readonly skipConflicts?: boolean;
	/** Asks whether to set aside what is over the limit, or what mode `ask` asks about; absent where nobody can answer. */
	readonly confirmKeep?: (keep: KeepPlan) => Promise<boolean>;
	/** Told what will be set aside and given back, before anything runs. */
	readonly onKeep?: (keep: KeepPlan) => void | Promise<void>;
	readonly only?: 'plan' | 'sql';
}

/**
 * Decides what of a plan's losses is set aside; asks once, however often the plan is made anew.
 * @param refuse called when something is lost all the same
 */
export function keepDecider(
	choice: KeepChoice,
	refuse: (keep: KeepPlan) => void = () => {},
): (project: Project, plan: Plan) => Promise<KeepPlan> {
	let agreed: boolean | undefined = choice.keep;
	let shown: string | undefined;
	return async ({ session, config }, plan) => {
		if (plan.steps.length === 0) return keepNothing(config);
		const settings = resolveKeepSettings(config);
		const read = () => planKeep(session, plan, { ledger: config.ledger, settings, keep: agreed });
		let keep = await read();
		if (choice.only !== undefined) return keep;
		const mayAsk = keep.problems.length > 0 && keep.problems.every(({ kind }) => kind !== 'impossible');
		if (mayAsk && choice.confirmKeep !== undefined && agreed === undefined) {
			agreed = (await choice.confirmKeep(keep)) ? true : undefined;
			keep = await read();
		}
		const summary = JSON.stringify([
			plan.steps.map(({ tag }) => tag),
			keep.keeps,
			keep.refills.map(({ id }) => id),
			keep.conflicts,
		]);
		if (summary !== shown) await choice.onKeep?.(keep);
		shown = summary;
		if (!choice.skipConflicts) await refuseConflicts(keep, plan);
		refuse(keep);
		return keep;
	};
}

/** @throws CompanionError `KEPT_CONFLICT` that names the rows which cannot go back */
async function refuseConflicts({ conflicts }: KeepPlan, { steps: [first] }: Plan): Promise<void> {
	if (conflicts.length === 0 || first === undefined) return;
	const { suggestNext } = await import('../keep/explain-conflict.ts');
	const { keptConflict } = await import('../keep/fill-or-name.ts');
	const examples = conflicts.flatMap((each) => each.examples);
	throw keptConflict(conflicts, examples, { next: suggestNext(first.kind) });
}

/** How the run treats losses. A script for a DBA sets nothing aside. */
export function switchKeep(
	keep: KeepPlan | undefined,
	{ skipConflicts }: KeepChoice,
): { readonly keep?: KeepSwitch } {
	if (keep === undefined) return {};
	const refills = new Set(keep.refills.map(({ when }) => when));
	return { keep: { tags: keep.tags, refills, skipConflicts: skipConflicts ?? false } };
}

/**
 * Refuses to apply migrations that throw away what should be kept and cannot be.
 * @throws CompanionError `DATA_LOSS`
 */
export function refuseLoss({ problems, keeps }: KeepPlan): void {
	if (problems.length === 0) return;
	const refused = new Set(problems.map(({ tag }) => tag));
	const lines = problems.flatMap(({ tag, reason }) => [
		`  ${tag}: ${reason}`,
		...keeps.filter((each) => each.tag === tag).map((each) => `    ${each.subject}${countOf(each)}`),
	]);
	const isImpossible = problems.some(({ kind }) => kind === 'impossible');
	const way = problems.some(({ isStatementwise }) => isStatementwise)
		? 'To keep it, put the statements that cannot run inside a transaction into a migration of their own. '
		: isImpossible
			? ''
			: 'To keep it all the same: pnpm db:migrate --keep. ';
	throw new CompanionError(
		'DATA_LOSS',
		`Migrating would throw data away that cannot be kept:\n${lines.join('\n')}`,
		{
			hint: `Nothing was changed. ${way}To throw it away for good: pnpm db:migrate --no-keep.`,
			details: { problems, losses: keeps.filter(({ tag }) => refused.has(tag)) },
		},
	);
}

function countOf({ rows, values, kind }: PlannedKeep): string {
	if (rows === undefined || values === undefined || kind === 'sequence') return '';
	return kind === 'table' ? `: ${rows} rows` : `: ${values} of ${rows} values`;
}
