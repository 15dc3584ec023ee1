import { countLosses } from '../database/count-losses.ts';
import type { Session } from '../database/session.ts';
import { CompanionError } from '../errors.ts';
import type { History } from '../history/history.ts';
import type { Journal } from '../journal/journal.ts';
import type { DownFile, Loss } from '../journal/migration.ts';
import { readDownFile } from '../journal/read-down-file.ts';
import { readJournalMeanwhile } from '../journal/read-journal.ts';
import { isKept, type KeepPlan } from '../keep/plan-keep.ts';
import { logTable } from '../ledger/ledger-name.ts';
import { readKeptDown } from '../ledger/read-ledger.ts';
import { type CountedLoss, describeLoss, isRealLoss } from '../plan/counted-loss.ts';
import type { Plan, RevertStep } from '../plan/plan.ts';
import { findReverted, planRollback } from '../plan/plan-rollback.ts';
import { keepDecider } from './decide-keep.ts';
import { type GuardOptions, guardDatabase } from './guard-database.ts';
import { type MoveOptions, type MoveReport, move } from './move.ts';
import { followHistory } from './read-history.ts';
import { type Drop, listDrops, refuseDependents } from './refuse-dependents.ts';
import { type Project, withProject } from './with-project.ts';

export interface RollbackOptions extends MoveOptions, GuardOptions {
	/** How far back; required, since nothing less is meant by accident. */
	readonly target: string;
	/** Lose what the plan says would be lost, without being asked. */
	readonly acceptDataLoss?: boolean;
	/** Asks whether to lose this; absent where nobody can answer. */
	readonly confirmLosses?: (losses: readonly CountedLoss[], plan: Plan) => Promise<boolean>;
	/** Told what would be lost, counted, before anything runs. */
	readonly onPlan?: (plan: Plan, losses: readonly CountedLoss[]) => void;
}

export interface RollbackReport extends MoveReport {
	/** What was, or would be, lost; counted before the run. */
	readonly losses: readonly CountedLoss[];
}

/**
 * Reverts applied migrations down to a target with their down SQL, newest first, each in its own transaction.
 * @throws CompanionError `DATA_LOSS` when rows would be lost and nobody said yes; `DOWN_FILE_NOT_FOUND`, `DOWN_UNPROVEN`,
 * `DOWN_IRREVERSIBLE` and `DEPENDENTS_FOUND` before anything runs; `STATEMENT_FAILED` when a down failed, with those before it reverted
 */
export async function rollback(options: RollbackOptions): Promise<RollbackReport> {
	const work = async (project: Project, journal: Promise<Journal>): Promise<RollbackReport> => {
		const readNow = followHistory(project.session, project.config, journal);
		const consent = new Consent(options);
		const decide = keepDecider(options);
		let planned: Planned | undefined;
		const readPlan = async () => {
			const history = await readNow();
			if (planned?.history !== history) planned = await planOn(project, history, options.target);
			await refuseDependents(project.session, planned.steps, planned.drops);
			const keep = await decide(project, planned.plan);
			await consent.seek(project, planned.plan, keep);
			return { history, plan: planned.plan, keep };
		};
		const report = await move(project, options, { journal, readPlan });
		return { ...report, losses: consent.losses };
	};
	return await withProject(options, work, ({ folder }) => readJournalMeanwhile(folder));
}

interface Planned {
	readonly history: History;
	readonly plan: Plan;
	readonly steps: readonly RevertStep[];
	readonly drops: readonly Drop[];
}

async function planOn({ session, config }: Project, history: History, target: string): Promise<Planned> {
	const keptDowns = await readKeptDowns({ session, config }, history, target);
	const plan = planRollback(history, { target, keptDowns });
	const steps = plan.steps as readonly RevertStep[];
	return { history, plan, steps, drops: await listDrops(steps) };
}

/** The down files that the log kept for migrations whose own file is gone. */
async function readKeptDowns(
	{ session, config }: Project,
	history: History,
	target: string,
): Promise<ReadonlyMap<string, DownFile>> {
	const kept = new Map<string, DownFile>();
	if (!history.hasLog) return kept;
	for (const { tag, applied, migration } of findReverted(history, target)) {
		if (migration?.down !== undefined || applied?.when === undefined) continue;
		const text = await readKeptDown(session, config.ledger, { when: applied.when, tag });
		if (text !== undefined)
			kept.set(
				tag,
				readDownFile({
					file: `${logTable(config.ledger)}: ${tag}.down.sql`,
					text,
					upChecksum: applied.checksum,
				}),
			);
	}
	return kept;
}

/** Asks once, and again only when more would be lost than was agreed to: between the first plan and the lock, rows may have come. */
class Consent {
	losses: readonly CountedLoss[] = [];
	private agreed: string | undefined;
	private readonly options: RollbackOptions;

	constructor(options: RollbackOptions) {
		this.options = options;
	}

	async seek({ session }: Project, plan: Plan, keep: KeepPlan): Promise<void> {
		this.losses = await countUnkept(session, plan.steps as readonly RevertStep[], keep);
		const summary = JSON.stringify([plan.steps.map(({ tag }) => tag), this.losses]);
		if (summary === this.agreed) return;
		this.options.onPlan?.(plan, this.losses);
		if (plan.steps.length > 0 && this.options.only === undefined)
			await guardDatabase(session, 'roll back', this.options);
		await this.ask(plan, keep);
		this.agreed = summary;
	}

	private async ask(plan: Plan, keep: KeepPlan): Promise<void> {
		const { only, acceptDataLoss, confirmLosses, target } = this.options;
		const real = this.losses.filter(isRealLoss);
		if (real.length === 0 || acceptDataLoss || only !== undefined) return;
		if (confirmLosses !== undefined && (await confirmLosses(real, plan))) return;
		throw new CompanionError(
			'DATA_LOSS',
			`Rolling back to ${target} would lose data:\n${real.map((each) => `  ${describeLoss(each)}`).join('\n')}`,
			{
				hint: `Nothing was changed. ${this.mayKeep(real, keep) ? `To keep it: pnpm db:rollback ${target} --keep. ` : ''}To lose it all the same: pnpm db:rollback ${target} --accept-data-loss.`,
				details: {
					losses: real.map(({ tag, loss, rows, values }) => ({ tag, subject: loss.subject, rows, values })),
				},
			},
		);
	}

	/** Nobody said anything about keeping, and nothing stands in its way. */
	private mayKeep(losses: readonly CountedLoss[], { tags, problems }: KeepPlan): boolean {
		const isImpossible = problems.some(({ kind }) => kind === 'impossible');
		return this.options.keep === undefined && !isImpossible && losses.some(({ tag }) => !tags.has(tag));
	}
}

/** What is kept has been counted already, also where row-level security hides it from counting here. */
async function countUnkept(
	session: Session,
	steps: readonly RevertStep[],
	keep: KeepPlan,
): Promise<readonly CountedLoss[]> {
	const open = steps.map(({ tag, loses }) => ({
		tag,
		loses: loses.filter((loss) => !isKept(keep, tag, loss)),
	}));
	const kept = steps.flatMap(({ tag, loses }) =>
		loses
			.filter((loss) => !loss.isLostByUp && isKept(keep, tag, loss))
			.flatMap((loss) => nameKept(tag, loss, keep)),
	);
	return [...(await countLosses(session, open)), ...kept];
}

function nameKept(tag: string, loss: Loss, { keeps }: KeepPlan): readonly CountedLoss[] {
	const found = keeps.find((each) => each.tag === tag && each.subject === loss.subject);
	if (found === undefined) return [];
	const { rows, values } = found;
	return [
		{
			tag,
			loss,
			isKept: true,
			...(rows === undefined ? {} : { rows }),
			...(values === undefined ? {} : { values }),
		},
	];
}
