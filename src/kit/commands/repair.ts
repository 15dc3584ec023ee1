import { withLock } from '../database/advisory-lock.ts';
import { CompanionError } from '../errors.ts';
import { compareHistory } from '../history/compare-history.ts';
import type { History } from '../history/history.ts';
import { isChecksumOfSameMigration } from '../journal/allowance-comments.ts';
import { findStrayDowns, type StrayDown } from '../journal/find-stray-downs.ts';
import type { Journal } from '../journal/journal.ts';
import { moveStrayDown } from '../journal/move-stray-down.ts';
import { readJournal } from '../journal/read-journal.ts';
import { readLedger } from '../ledger/read-ledger.ts';
import { planOfRepairs, planRepair, type Repair } from '../plan/plan-repair.ts';
import { type GuardOptions, guardDatabase } from './guard-database.ts';
import type { MoveOptions, MoveReport } from './move.ts';
import { lockOptions, runOptions } from './run-move.ts';
import { type Project, withProject } from './with-project.ts';

export interface RepairOptions extends MoveOptions, GuardOptions {
	/** Asks whether to carry out one repair; absent where nobody can answer. */
	readonly confirm?: (repair: Described) => Promise<boolean>;
}

/** What is wrong and what will be done about it, in a sentence. */
export interface Described {
	readonly description: string;
}

/** A down file that `drizzle-kit up` left behind, and where it goes. */
export interface DownMove extends Described {
	readonly stray: StrayDown & { readonly to: string };
}

export interface RepairReport extends MoveReport {
	/** What was found in the ledger, in words; the agreed ones were carried out. */
	readonly repairs: readonly Repair[];
	/** Down files to move after their migrations; the agreed ones were moved. */
	readonly downMoves: readonly DownMove[];
	/** What is not mended here, with the way out: files that are missing or that nobody names, down files of nobody knows which migration. */
	readonly notices: readonly string[];
}

/**
 * Brings the ledger in line with the journal: forgets rows of deleted migrations, accepts edited checksums and times stamped by
 * hand, removes repeated rows; each named and agreed to. In a project that `drizzle-kit up` has moved to folders, the down files that it
 * left behind are moved, too. Changes nothing else, and no schema.
 * @throws CompanionError `CONFIRMATION_REQUIRED` when there is something to mend and nobody to ask
 */
export async function repair(options: RepairOptions = {}): Promise<RepairReport> {
	return await withProject(options, async (project) => {
		const { session } = project;
		const found = await findRepairs(project);
		const { history, repairs, downMoves, notices } = found;
		const plan = planOfRepairs(history, repairs);
		const planned = { database: session.label, plan, repairs, downMoves, notices, history };
		if (options.only !== undefined || repairs.length + downMoves.length === 0) return planned;
		if (repairs.length > 0) await guardDatabase(session, 'mend the ledger', options);
		const agreed = await seekConsent([...repairs, ...downMoves], options);
		const moved = downMoves.filter(({ description }) => agreed.has(description));
		for (const { stray } of moved) moveStrayDown(project.config.folder, stray);
		const done = { ...planned, downMoves: moved };
		if (!repairs.some(({ description }) => agreed.has(description)))
			return { ...done, ...(await mendNothing(project, history, repairs)) };
		return { ...done, ...(await mendLedger(project, options, agreed)) };
	});
}

async function mendLedger(project: Project, options: RepairOptions, agreed: ReadonlySet<string>) {
	const { session, config } = project;
	return await withLock(session, config.ledger, lockOptions(project, options), async (locked) => {
		const now = await findRepairs(project);
		const repairs = now.repairs.filter(({ description }) => agreed.has(description));
		const plan = planOfRepairs(now.history, repairs);
		const { runPlan } = await import('../run/run-plan.ts');
		const report = await runPlan(locked, plan, runOptions(project, options, now.history));
		const after = await readNow(project);
		return { repairs, plan, report: { ...report, position: after.position }, history: after };
	});
}

/** Where repairs were found and none was agreed to, the report says that nothing was done. */
async function mendNothing(project: Project, history: History, found: readonly Repair[]) {
	const plan = planOfRepairs(history, []);
	const now = { repairs: [], plan, history: await readNow(project) };
	return found.length === 0 ? now : { ...now, report: { steps: [], position: plan.to } };
}

async function readNow(project: Project): Promise<History> {
	return (await findRepairs(project)).history;
}

async function findRepairs({ session, config }: Project) {
	const journal = readJournal(config.folder);
	const ledger = await readLedger(session, config.ledger);
	const history = compareHistory(journal, ledger, { isSameText: isChecksumOfSameMigration });
	const named = new Set(history.entries.map(({ applied }) => applied));
	const duplicates = ledger.applied.filter((row) => !named.has(row));
	const { downMoves, notices } = findDownMoves(journal);
	return {
		...{ history, downMoves, repairs: planRepair(history, duplicates) },
		notices: [...notices, ...describeFiles(history, journal)],
	};
}

/** What only a person can bring back; down files that `drizzle-kit up` left behind are dealt with. */
function describeFiles({ problems }: History, { layout }: Journal): readonly string[] {
	return problems
		.filter(({ code }) => code.startsWith('FILE_') || code === 'SNAPSHOT_MISSING')
		.filter(({ tag }) => layout !== 'folders' || !tag.endsWith('.down'))
		.map(({ message, hint }) => `${message} ${hint}`);
}

function findDownMoves(journal: Journal): Pick<RepairReport, 'downMoves' | 'notices'> {
	const strays = findStrayDowns(journal);
	return {
		downMoves: strays.flatMap(({ file, to, tag }) =>
			to === undefined || tag === undefined
				? []
				: [
						{
							stray: { file, to, tag },
							description: `${file} was left behind by drizzle-kit up: it will be moved to ${to}`,
						},
					],
		),
		notices: strays.flatMap(({ file, obstacle }) =>
			obstacle === undefined ? [] : [`${file} was left behind and cannot be moved: ${obstacle}.`],
		),
	};
}

async function seekConsent(
	repairs: readonly Described[],
	{ yes, confirm }: RepairOptions,
): Promise<ReadonlySet<string>> {
	if (yes) return new Set(repairs.map(({ description }) => description));
	if (confirm === undefined) throw needsConsent(repairs);
	const agreed = new Set<string>();
	for (const repair of repairs) {
		if (await confirm(repair)) agreed.add(repair.description);
	}
	return agreed;
}

function needsConsent(repairs: readonly (Described & Partial<Repair>)[]): CompanionError {
	const list = repairs.map(({ description }) => `  - ${description}`).join('\n');
	return new CompanionError(
		'CONFIRMATION_REQUIRED',
		`There is something to mend, and no terminal to ask on:\n${list}`,
		{
			hint: 'Nothing was changed. To do all of it: pnpm db:repair --yes.',
			details: {
				repairs: repairs.map(({ step, description }) =>
					step === undefined
						? { kind: 'move', description }
						: { kind: step.kind, tag: step.tag, description },
				),
			},
		},
	);
}
