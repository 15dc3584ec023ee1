import type { LedgerName } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import type { Loss } from '../journal/migration.ts';
import type { Plan, Step } from '../plan/plan.ts';
import { sqlOf } from '../run/sql-of-step.ts';
import { needsNoTransaction } from '../sql/needs-no-transaction.ts';
import { quoteIdentifier, quoteQualified } from '../sql/quote-identifier.ts';
import type { KeepConflict, RefillingStep } from './find-conflicts.ts';
import { findLost } from './find-lost.ts';
import { findReplaced } from './find-replaced.ts';
import type { KeepSettings } from './keep-settings.ts';
import { type KeepTask, resolveLost } from './keep-task.ts';
import type { Kept, KeptKind } from './kept.ts';
import { keptSchema } from './kept-schema.ts';
import { listLateTables } from './list-late-tables.ts';
import { fromRows } from './match-rows.ts';
import { opposite, originOf } from './origin-of.ts';
import { readKept } from './read-kept.ts';
import { printSize } from './read-size.ts';
import type { RefillOutlook } from './refill-situation.ts';

/** One thing that a step throws away now, counted. */
export interface PlannedKeep {
	readonly tag: string;
	readonly subject: string;
	readonly kind: KeptKind;
	/** Absent where row-level security hides rows from counting. */
	readonly rows?: number;
	readonly values?: number;
	/** About how much is copied; 0 for what can be moved. */
	readonly bytes: number;
	/** The table is moved as it is, unless something turns out to depend on it. */
	readonly isMoved: boolean;
	/** How rows without a key are found again. */
	readonly note?: string;
}

/** One thing that comes back, with the rows that are not there any more and those that are new, where they can be counted. */
export type PlannedRefill = Kept & Partial<RefillOutlook>;

/** What will be set aside and given back, decided before anything runs. */
export interface KeepPlan {
	readonly settings: KeepSettings;
	/** Steps whose losses will be set aside. */
	readonly tags: ReadonlySet<string>;
	readonly keeps: readonly PlannedKeep[];
	/** What the steps give back of what was set aside before. */
	readonly refills: readonly PlannedRefill[];
	/** Kept rows that cannot go back. */
	readonly conflicts: readonly KeepConflict[];
	/** About how much will be copied. */
	readonly bytes: number;
	/** Steps that lose something which is not set aside, and why. */
	readonly problems: readonly KeepProblem[];
	/** About how long it takes. Milliseconds. */
	readonly estimateMilliseconds: number;
}

export interface KeepProblem {
	readonly tag: string;
	/** `limit`: too much to copy without being told; `ask`: somebody has to say yes; `impossible`: it cannot be done. */
	readonly kind: 'limit' | 'ask' | 'impossible';
	readonly reason: string;
	/** Impossible because the step runs statement by statement. */
	readonly isStatementwise?: boolean;
}

export interface PlanKeepOptions {
	readonly ledger: LedgerName;
	readonly settings: KeepSettings;
	/** True: the user said so, whatever mode and limit say; false: the user said not to. */
	readonly keep?: boolean | undefined;
}

/**
 * Finds out what a plan's steps throw away in this database, whether it can be set aside, and what they give back. Reads only.
 * What an earlier step of the same plan makes is not there yet and not counted: it is kept, but no limit holds for it.
 */
export async function planKeep(session: Session, plan: Plan, options: PlanKeepOptions): Promise<KeepPlan> {
	const { settings, keep } = options;
	const isOff = keep === false || (keep !== true && settings.mode === 'never');
	const refilling = await findRefilling(session, plan.steps, options.ledger);
	const drafts = isOff ? [] : await Promise.all(refilling.map(draftStep));
	const keeps: PlannedKeep[] = [];
	for (const draft of drafts) keeps.push(...(await countStep(session, draft)));
	const { refills, conflicts } = await planRefills(session, refilling);
	const bytes = keeps.reduce((sum, each) => sum + each.bytes, 0);
	const isAllowed = drafts.every(({ lost }) => lost.length === 0) || (await mayCreate(session));
	const problems = drafts.flatMap((draft) => findProblem(draft, { keeps, bytes, isAllowed, options }));
	const refused = new Set(problems.map(({ tag }) => tag));
	// A role that may not keep loses what nobody had before: rows that an earlier step of the same run makes.
	const losing = drafts.filter(({ lost }) => lost.length > 0).map(({ step }) => step.tag);
	const tags = new Set(isAllowed ? losing.filter((tag) => !refused.has(tag)) : []);
	const refilled = refills.reduce((sum, { store, rows }) => sum + (store === undefined ? 0 : rows), 0);
	const isIdle = bytes === 0 && refilled === 0;
	const work = bytes / bytesPerMillisecond + refilled / rowsPerMillisecond;
	const estimateMilliseconds = isIdle ? 0 : Math.round(work) + 20;
	return { settings, tags, keeps, refills, conflicts, bytes, problems, estimateMilliseconds };
}

async function planRefills(
	session: Session,
	refilling: readonly RefillingStep[],
): Promise<Pick<KeepPlan, 'refills' | 'conflicts'>> {
	const refills = refilling.flatMap(({ kept }) => kept);
	if (refills.length === 0) return { refills, conflicts: [] };
	const { findConflicts } = await import('./find-conflicts.ts');
	const { conflicts, rows } = await findConflicts(session, refilling);
	return { refills: refills.map((each) => ({ ...each, ...rows.get(each.id) })), conflicts };
}

/** Which of the steps may give something back. The registry is read once, however many steps there are. */
async function findRefilling(
	session: Session,
	steps: readonly Step[],
	ledger: LedgerName,
): Promise<readonly RefillingStep[]> {
	const wanted = steps.map((step) => ({ step, ...opposite(originOf(step, ledger)) }));
	const [first] = wanted;
	if (first === undefined) return [];
	const registry = await readKept(session, { ledger: first.ledger });
	return wanted.map(({ step, when, direction }) => ({
		step,
		kept: registry.filter((each) => each.when === when && each.direction === direction),
	}));
}

/** Measured with bench/keep.ts on a busy machine of two cores; an update of a row costs far more than a copy of it. */
const bytesPerMillisecond = 25_000;
const rowsPerMillisecond = 60;

interface Draft {
	readonly step: Step;
	readonly isStatementwise: boolean;
	readonly lost: Awaited<ReturnType<typeof findLost>>;
}

async function draftStep({ step, kept }: RefillingStep): Promise<Draft> {
	const isRun = step.kind === 'apply' || step.kind === 'revert';
	const isStatementwise = isRun && (await needsNoTransaction(sqlOf(step)));
	try {
		const replaced = !isRun || isStatementwise ? [] : findReplaced(kept);
		return { step, isStatementwise, lost: [...(await findLost(step)), ...replaced] };
	} catch (error) {
		const { SqlSyntaxError } = await import('../sql/parse-statements.ts');
		// The step itself will be refused where it stands, by the same parser.
		if (error instanceof SqlSyntaxError) return { step, isStatementwise, lost: [] };
		throw error;
	}
}

async function countStep(session: Session, { step, lost }: Draft): Promise<readonly PlannedKeep[]> {
	if (lost.length === 0) return [];
	const tasks = await resolveLost(session, lost);
	const { parseStatements } = await import('../sql/parse-statements.ts');
	const { endStatementsAtBreakpoints } = await import('../sql/end-statements-at-breakpoints.ts');
	const late = listLateTables(await parseStatements(endStatementsAtBreakpoints(sqlOf(step))), tasks);
	const counted: PlannedKeep[] = [];
	for (const task of tasks)
		counted.push(...(await countTask(session, task, { tag: step.tag, isLate: late.has(task) })));
	return counted;
}

async function countTask(
	session: Session,
	task: KeepTask,
	{ tag, isLate }: { readonly tag: string; readonly isLate: boolean },
): Promise<readonly PlannedKeep[]> {
	if (task.kind === 'sequence')
		return [{ tag, subject: task.subject, kind: 'sequence', rows: 0, values: 0, bytes: 0, isMoved: false }];
	const { table } = task;
	if (task.kind === 'table') {
		const isMoved = isLate && table.isMovable;
		const counts = table.isFiltered ? {} : await countRows(session, table, []);
		return [
			{
				tag,
				subject: task.subject,
				kind: 'table',
				...counts.table,
				bytes: isMoved ? 0 : table.bytes,
				isMoved,
			},
		];
	}
	const { kind, columns, key } = task;
	const names = columns.map(({ name }) => name);
	const counts = table.isFiltered ? {} : await countRows(session, table, [...(key ?? []), ...names]);
	const note =
		key === undefined
			? { note: 'the table has no key: its rows are found again by all their other columns' }
			: {};
	return columns.map(({ name }, place) => {
		const subject = `${kind === 'values' ? 'values of column' : 'column'} ${quoteQualified(table.schema, table.table, name)}`;
		const column = counts.columns?.[(key?.length ?? 0) + place];
		const rowBytes =
			36 * (counts.table?.rows ?? 0) + (counts.columns ?? []).reduce((sum, each) => sum + each.bytes, 0);
		const bytes = table.isFiltered ? table.bytes : Math.round(rowBytes / columns.length);
		return {
			tag,
			subject,
			kind,
			...(counts.table === undefined ? {} : { rows: counts.table.rows }),
			...(column === undefined ? {} : { values: column.values }),
			bytes,
			isMoved: false,
			...note,
		};
	});
}

interface Counts {
	readonly table?: { readonly rows: number; readonly values: number };
	readonly columns?: readonly { readonly values: number; readonly bytes: number }[];
}

async function countRows(
	session: Session,
	table: Parameters<typeof fromRows>[0],
	columns: readonly string[],
): Promise<Counts> {
	const parts = columns.map(
		(name, place) =>
			`, count(t.${quoteIdentifier(name)}) AS v${place}, coalesce(sum(pg_column_size(t.${quoteIdentifier(name)})), 0) AS b${place}`,
	);
	const [[row] = []] = await session.run(`SELECT count(*) AS rows${parts.join('')} FROM ${fromRows(table)}`);
	const rows = Number(row?.rows);
	return {
		table: { rows, values: rows },
		columns: columns.map((_, place) => ({
			values: Number(row?.[`v${place}`]),
			bytes: Number(row?.[`b${place}`]),
		})),
	};
}

async function mayCreate(session: Session): Promise<boolean> {
	const [[row] = []] = await session.run(
		`SELECT CASE WHEN to_regnamespace('${keptSchema}') IS NULL THEN has_database_privilege(current_database(), 'CREATE') ELSE has_schema_privilege('${keptSchema}', 'CREATE') END AS ok`,
	);
	return row?.ok === 't';
}

interface Situation {
	readonly keeps: readonly PlannedKeep[];
	readonly bytes: number;
	readonly isAllowed: boolean;
	readonly options: PlanKeepOptions;
}

function findProblem(
	{ step: { tag }, isStatementwise }: Draft,
	{ keeps, bytes, isAllowed, options }: Situation,
): readonly KeepProblem[] {
	const isLosing = keeps.some(
		(each) => each.tag === tag && (each.values === undefined || each.values > 0 || each.kind === 'sequence'),
	);
	if (!isLosing) return [];
	if (isStatementwise)
		return [
			{
				tag,
				kind: 'impossible',
				isStatementwise,
				reason:
					'it holds statements that cannot run inside a transaction, so that keeping and losing would not be one',
			},
		];
	if (!isAllowed)
		return [
			{
				tag,
				kind: 'impossible',
				reason: `the role may not create the schema ${keptSchema}, or tables in it`,
			},
		];
	if (options.keep === true) return [];
	const { limit, mode } = options.settings;
	if (bytes > limit)
		return [
			{
				tag,
				kind: 'limit',
				reason: `${printSize(bytes)} would be copied, and companion.keep.limit is ${printSize(limit)}`,
			},
		];
	return mode === 'ask'
		? [{ tag, kind: 'ask', reason: "companion.keep.mode is 'ask', and nobody has said yes" }]
		: [];
}

/** Whether a loss of a step is set aside, so that it is none. */
export function isKept(keep: KeepPlan, tag: string, { kind, subject }: Loss): boolean {
	return keep.tags.has(tag) && (kind !== 'other' || subject.startsWith('position of sequence '));
}
