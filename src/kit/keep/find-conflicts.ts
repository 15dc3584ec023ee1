import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import type { Step } from '../plan/plan.ts';
import { sqlOf } from '../run/sql-of-step.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { parseStatements, SqlSyntaxError, type Statement } from '../sql/parse-statements.ts';
import { newestOfEach } from './begin-refill.ts';
import { nameBreakingRows } from './breaking-rows.ts';
import { type Coming, comeColumns, comeTable, type KeptColumn } from './coming-rows.ts';
import type { Kept } from './kept.ts';
import { findTarget, listConstraints } from './list-constraints.ts';
import { listMade } from './list-made.ts';
import { changedTypes, mentionedTables } from './mentioned-tables.ts';
import { backColumn } from './merge-rows.ts';
import { askIfPossible, type RefillOutlook, type RefillSituation } from './refill-situation.ts';
import type { RefusedValues } from './refused-values.ts';
import { tryType } from './try-type.ts';
import { withPlainFormats } from './with-plain-formats.ts';

/** Kept rows that cannot go back, or rows that cannot be found again: known before anything runs. */
export interface KeepConflict {
	readonly tag: string;
	readonly subject: string;
	/** Rows that are refused. */
	readonly count: number;
	/** At most ten of them, by name and with the reason; then how many others. */
	readonly examples: readonly string[];
}

export interface Outlook {
	readonly conflicts: readonly KeepConflict[];
	/** By the id of what is kept; nothing where the table is not there yet. */
	readonly rows: ReadonlyMap<number, RefillOutlook>;
}

/** A step with what its opposite set aside. */
export interface RefillingStep {
	readonly step: Step;
	readonly kept: readonly Kept[];
}

/**
 * Looks for what will refuse kept rows when steps give them back: a type that does not take a value any more, a foreign key, a check
 * or a unique key that rows would break. Reads only, and locks nothing against writing. What depends on an earlier step of the same
 * plan, or on a type that is not there yet, is left to the step itself, which is aborted then.
 */
export async function findConflicts(session: Session, steps: readonly RefillingStep[]): Promise<Outlook> {
	await session.run('BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY');
	try {
		return await withPlainFormats(session, () => lookAtSteps(session, steps));
	} finally {
		await session.run('ROLLBACK').catch(passLost);
	}
}

async function lookAtSteps(session: Session, steps: readonly RefillingStep[]): Promise<Outlook> {
	const conflicts: KeepConflict[] = [];
	const rows = new Map<number, RefillOutlook>();
	const earlier = new Set<string>();
	for (const { step, kept } of steps) {
		const statements = await parse(step);
		if (kept.some(({ store }) => store !== undefined)) {
			const situation = { session, step, earlier, statements, kept, made: await listMade(statements), rows };
			for (const group of groupKept(newestOfEach(kept)))
				conflicts.push(...((await askIfPossible(session, () => lookAt(situation, group))) ?? []));
		}
		for (const name of [...mentionedTables(statements), ...changedTypes(statements)]) earlier.add(name);
	}
	return { conflicts, rows };
}

/** A session that is lost has nothing to leave; that error is on its way already. */
function passLost(error: unknown): void {
	if (!(error instanceof SqlFailure) || !error.isConnectionLost) throw error;
}

/** The step itself will be refused where it stands, by the same parser. */
async function parse(step: Step): Promise<readonly Statement[]> {
	if (step.kind !== 'apply' && step.kind !== 'revert') return [];
	return await parseStatements(endStatementsAtBreakpoints(sqlOf(step))).catch((error: unknown) => {
		if (error instanceof SqlSyntaxError) return [];
		throw error;
	});
}

/** Columns that lie in one store come back together. */
function groupKept(kept: readonly Kept[]): readonly (readonly Kept[])[] {
	const groups = new Map<string, Kept[]>();
	for (const each of kept.filter(({ store }) => store !== undefined))
		groups.set(each.store ?? '', [...(groups.get(each.store ?? '') ?? []), each]);
	return [...groups.values()];
}

async function lookAt(situation: RefillSituation, group: readonly Kept[]): Promise<readonly KeepConflict[]> {
	const [first] = group;
	if (first === undefined || situation.earlier.has(first.place.table)) return [];
	const coming = first.kind === 'table' ? comeTable(situation, first) : await comeColumns(situation, group);
	if (coming === undefined) return [];
	const { typed, conflicts } = await tryTypes(situation, coming);
	// A value that its type refuses would abort the queries for the others.
	return conflicts.length > 0
		? conflicts
		: await tryConstraints(situation, group, { ...coming, columns: typed });
}

async function tryTypes(situation: RefillSituation, { columns, from, describe }: Coming) {
	const conflicts: KeepConflict[] = [];
	const typed: KeptColumn[] = [];
	for (const column of columns) {
		const refused = await tryType(situation, { column: column.stored, from, describe }, column);
		if (refused !== 'unknown') conflicts.push(...toConflicts(situation, column.kept, refused));
		const isNew = column.made !== undefined && situation.made.enums.has(column.made.typeName);
		const { type: _, ...untyped } = column;
		typed.push(refused === 'unknown' || isNew ? untyped : column);
	}
	return { conflicts, typed };
}

async function tryConstraints(
	situation: RefillSituation,
	group: readonly Kept[],
	coming: Coming,
): Promise<readonly KeepConflict[]> {
	const { session } = situation;
	const conflicts: KeepConflict[] = [];
	const before = `WITH merged AS (${coming.merge(coming.columns)}) `;
	for (const constraint of await listConstraints(situation, group, coming)) {
		const target = await findTarget(situation, constraint);
		if (target === 'unknown') continue;
		const rows = { from: 'merged t', ...(target === undefined ? {} : { target }) };
		const refused = await askIfPossible(session, () =>
			nameBreakingRows(session, constraint, { rows, before, and: `t.${backColumn}`, shown: coming.key }),
		);
		const about = coming.columns.find(({ name }) => constraint.columns.includes(name)) ?? coming.columns[0];
		if (refused !== undefined && about !== undefined)
			conflicts.push(...toConflicts(situation, about.kept, refused));
	}
	return conflicts;
}

function toConflicts(
	{ step: { tag } }: RefillSituation,
	{ subject }: Kept,
	{ count, examples }: RefusedValues,
): readonly KeepConflict[] {
	if (count === 0) return [];
	const others = count - examples.length;
	return [{ tag, subject, count, examples: [...examples, ...(others > 0 ? [`and ${others} more`] : [])] }];
}
