import type { Session } from '../database/session.ts';
import type { Step } from '../plan/plan.ts';
import type { StepOptions } from '../run/run-step.ts';
import { sqlOf } from '../run/sql-of-step.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import type { Statement } from '../sql/parse-statements.ts';
import type { Kept, RefillReport } from './kept.ts';
import type { Made } from './list-made.ts';
import { mayWriteRows } from './may-write-rows.ts';
import { opposite, originOf } from './origin-of.ts';
import { readKept } from './read-kept.ts';
import { isNamed } from './resolve-made.ts';
import { restoreKept } from './restore.ts';

/**
 * Gives back, in a transaction of its own, what could not go back while the step ran: the step ran outside a transaction, or added
 * the enum values that are needed, which PostgreSQL allows to be used only after a commit. What the step itself filled in gives way;
 * what is refused stays kept.
 */
export async function refillAfterwards(
	session: Session,
	step: Step,
	{ ledger, settings }: Pick<StepOptions, 'ledger' | 'settings'>,
): Promise<readonly RefillReport[]> {
	const waiting = await readKept(session, opposite(originOf(step, ledger)));
	if (waiting.length === 0) return [];
	const { parseStatements } = await import('../sql/parse-statements.ts');
	const { listMade } = await import('./list-made.ts');
	const statements = await parseStatements(endStatementsAtBreakpoints(sqlOf(step)));
	const made = await listMade(statements);
	return await restoreKept(session, waiting, {
		skipConflicts: true,
		lockTimeout: settings.lockTimeout,
		mayMakeTables: false,
		isNew: (each) => isMadeBy(each, made, statements),
	});
}

/** Rows of a table that nothing tells apart count as the step's own only where it writes some: they may be somebody else's already. */
function isMadeBy(kept: Kept, { columns }: Made, statements: readonly Statement[]): boolean {
	const { details, place, column } = kept;
	const isMade = columns.some(
		({ relation, name }) => isNamed(relation, place) && (column === undefined || name === column),
	);
	if (!isMade || details.kind !== 'table') return isMade;
	const hasKey = details.constraints.some(({ isUnique }) => isUnique === true);
	return hasKey || statements.some((statement) => mayWriteRows(statement, kept));
}
