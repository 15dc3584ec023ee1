import { guardStatement, lockLedgerStatement, returnId } from '../ledger/guard-statement.ts';
import {
	deleteAppliedStatement,
	deleteRowStatement,
	insertAppliedStatement,
	insertEventStatement,
	updateAppliedStatement,
} from '../ledger/ledger-statements.ts';
import type { LedgerTable } from '../ledger/ledger-table.ts';
import { executeApply, executeRevert, type PreparedRecords } from '../ledger/prepared-records.ts';
import type { Step } from '../plan/plan.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { mayChangeSettings } from '../sql/may-change-settings.ts';
import { sqlOf } from './sql-of-step.ts';

/** The text of one transaction, and where the step's own SQL stands in it. */
export interface Transaction {
	readonly text: string;
	/** Offset of the step's SQL in the text, in UTF-16 units. */
	readonly offset: number;
	/** How many statements stand before it. */
	readonly before: number;
	/** How many stand between it and the COMMIT. */
	readonly after: number;
}

export interface TransactionOptions {
	readonly ledger: LedgerTable;
	readonly settings: { readonly lockTimeout: number };
	/** Undo what the step's SQL may SET, before its records are written. */
	readonly restore: readonly string[];
	/**
	 * Present where the run reads the id of the row that it writes. `previous` is that of the step before, in a session that may lock the
	 * ledger: knowing it saves looking whether somebody was faster.
	 */
	readonly ids?: {
		readonly previous: number | undefined;
		/** The row that the step before deleted, in the same text: the step ends where it is still there. */
		readonly gone?: number;
	};
	/**
	 * True: another transaction follows in the same text, and its COMMIT brings both to disk. Nobody is told of this one before, and one that a
	 * crash takes away is gone whole, with its row.
	 */
	readonly isFollowed?: boolean;
	/** Where the session has them: then a migration is recorded by these. */
	readonly prepared?: PreparedRecords | undefined;
}

/**
 * Writes a step as one text that goes to the server in one round trip: begin, guard, the step's SQL, its ledger row, its event, commit.
 * The SQL stands on lines of its own, so that a comment at its end swallows nothing. What it SETs (a role, a search_path) ends
 * with it, so that its records are written by the role that runs the command, and the next step begins as this one did.
 */
export function composeTransaction(step: Step, options: TransactionOptions): Transaction {
	const { ledger, settings, restore } = options;
	const sql = sqlOf(step);
	const guard = isWatched(step, options) ? lockLedgerStatement(ledger) : guardStatement(ledger, step);
	const setTimeout = `SET LOCAL lock_timeout = ${settings.lockTimeout}`;
	// The guard's check is a query, and SET TRANSACTION wants to be the first.
	const isGuardLate = setsTransaction.test(sql);
	const opening = [
		beginStatement,
		...(options.isFollowed ? ['SET LOCAL synchronous_commit = off'] : []),
		setTimeout,
		...(isGuardLate ? [] : [guard]),
	];
	const closing = [
		...(mayChangeSettings(sql) ? [...restore, setTimeout] : []),
		...(isGuardLate ? [guard] : []),
		...composeRecord(step, options),
	];
	const head = terminate(opening);
	return {
		text: `${head}${endStatementsAtBreakpoints(sql)}\n;\n${terminate([...closing, 'COMMIT'])}`,
		offset: head.length,
		before: opening.length,
		after: closing.length,
	};
}

/** Whether the statement that records the step sees by itself that somebody was faster. */
function isWatched(step: Step, { ids, prepared }: TransactionOptions): boolean {
	if (ids?.previous === undefined) return false;
	return step.kind === 'apply' || (step.kind === 'revert' && prepared !== undefined);
}

function composeRecord(step: Step, { ledger, ids, prepared }: TransactionOptions): readonly string[] {
	if (prepared !== undefined && step.kind === 'revert') return executeRevert(prepared, step, ids?.gone);
	if (ids === undefined || step.kind !== 'apply') return recordStatements(step, ledger);
	const previous = ids.previous === undefined ? 'NULL' : String(ids.previous);
	if (prepared !== undefined)
		return executeApply(prepared, ledger, { entry: withDown(step, step.down?.text), previous });
	const [row, event] = recordStatements(step, ledger);
	return [`${row} ${returnId(previous)}`, event];
}

/** The transaction that only records steps: each is guarded for itself, since one may forget what the next records anew. */
export function composeRecords(
	steps: readonly Step[],
	ledger: LedgerTable,
	options: RecordOptions = {},
): string {
	return terminate([
		beginStatement,
		...steps.flatMap((step) => [guardStatement(ledger, step), ...recordStatements(step, ledger, options)]),
		'COMMIT',
	]);
}

/** What the guard has to see is what others have committed by now, whatever the database's default is. */
export const beginStatement = 'BEGIN ISOLATION LEVEL READ COMMITTED';

const setsTransaction = /\bSET\s+(?:LOCAL\s+)?TRANSACTION(?:_ISOLATION)?\b/i;

function terminate(statements: readonly string[]): string {
	return statements.map((statement) => `${statement};\n`).join('');
}

export interface RecordOptions {
	/** How long the step took, where the transaction that records it does not span it. */
	readonly durationMilliseconds?: number;
}

/** The statements that record a step: its ledger row and its event in the log. */
export function recordStatements(
	step: Step,
	ledger: LedgerTable,
	options: RecordOptions = {},
): readonly [row: string, event: string] {
	switch (step.kind) {
		case 'apply':
		case 'stamp':
			return [
				insertAppliedStatement(ledger, withDown(step, undefined)),
				insertEventStatement(ledger, step.kind, withDown(step, step.down?.text), options),
			];
		case 'revert':
			return [
				deleteAppliedStatement(ledger, step),
				insertEventStatement(ledger, step.kind, withDown(step, undefined), options),
			];
		case 'forget':
			return step.isDuplicate
				? [
						deleteRowStatement(ledger, String(step.rowId)),
						insertEventStatement(ledger, 'remove', withDown(step, undefined)),
					]
				: [
						deleteAppliedStatement(ledger, step),
						insertEventStatement(ledger, step.kind, withDown(step, undefined), options),
					];
		case 'accept':
			return [
				updateAppliedStatement(ledger, { ...withDown(step, undefined), rowId: step.rowId }),
				insertEventStatement(ledger, step.kind, withDown(step, step.down?.text), options),
			];
	}
}

function withDown({ tag, when, checksum }: Step, down: string | undefined) {
	return { tag, when, checksum, ...(down === undefined ? {} : { down }) };
}
