import type { SqlFailure } from '../database/sql-failure.ts';
import { type Blocker, describeBlocker } from '../database/watch-blockers.ts';
import { CompanionError } from '../errors.ts';
import type { Step } from '../plan/plan.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import type { SqlSyntaxError, Statement } from '../sql/parse-statements.ts';
import { recordStatements } from './compose-transaction.ts';
import { locate, type Place } from './locate.ts';
import { isOvertaken, Overtaken } from './overtaken.ts';
import type { StepOptions } from './run-step.ts';
import { sqlOf } from './sql-of-step.ts';

export interface FailureContext extends StepOptions {
	/** Where the step's SQL stood in what was sent. */
	readonly transaction: {
		readonly offset: number;
		readonly before: number;
		/** How many statements stood between it and the COMMIT; absent: the step's records alone. */
		readonly after?: number;
		/** The tags of steps whose transactions stood behind it in the same text. */
		readonly sentBehind?: readonly string[];
	};
	readonly attempts: number;
	/** Who was in the way, where a lock was. */
	readonly blockers?: readonly Blocker[];
	/** Statements of the step that stay done although it failed, where it ran outside a transaction. */
	readonly kept?: number;
}

/**
 * Makes the error for a step that failed: where in which file, which statement, what PostgreSQL said, what was finished, what was
 * kept and what did not run.
 */
export async function explainFailure(
	failure: SqlFailure,
	step: Step,
	context: FailureContext,
): Promise<CompanionError> {
	if (isOvertaken(failure)) return new Overtaken(failure, context.finished);
	const evidence = await findEvidence(failure, step, context);
	if (evidence.syntaxError !== undefined) return explainSyntaxError(evidence.syntaxError, step, context);
	const file = fileOf(step);
	const where =
		evidence.place === undefined ? file : `${file}:${evidence.place.line}:${evidence.place.column}`;
	const { finished, waiting, kept, attempts, blockers = [] } = context;
	const end = evidence.isAtCommit ? ', at the end of the transaction' : '';
	return new CompanionError(
		'STATEMENT_FAILED',
		`${where}: ${failure.message}${end}${nameDependents(failure)}${nameBlockers(blockers)}`,
		{
			hint: nextAction(failure, step, kept),
			details: {
				tag: step.tag,
				kind: step.kind,
				file,
				...(evidence.place === undefined ? {} : evidence.place),
				...(evidence.statement === undefined
					? {}
					: { statement: evidence.statement, statementNumber: evidence.number }),
				sqlState: failure.sqlState,
				message: failure.message,
				...optional('detail', failure.detail),
				...optional('postgresHint', failure.serverHint),
				...optional('where', failure.where),
				...(attempts > 1 ? { attempts } : {}),
				...(blockers.length > 0 ? { blockers } : {}),
				...(kept === undefined ? {} : { keptStatements: kept }),
				finished: finished.map(({ tag }) => tag),
				...listNotRun(failure, waiting, context.transaction),
			},
			cause: failure,
		},
	);
}

/** Of what was sent behind it, a lost connection says nothing: the server may have gone on. */
function listNotRun(
	{ isConnectionLost }: SqlFailure,
	waiting: readonly Step[],
	{ sentBehind = [] }: FailureContext['transaction'],
): { readonly notRun: readonly string[]; readonly uncertain?: readonly string[] } {
	const tags = waiting.map(({ tag }) => tag);
	if (!isConnectionLost || sentBehind.length === 0) return { notRun: tags };
	return { notRun: tags.filter((tag) => !sentBehind.includes(tag)), uncertain: sentBehind };
}

/** PostgreSQL says in the detail what depends on the object; everywhere else the detail may hold a user's values. */
function nameDependents({ sqlState, detail }: SqlFailure): string {
	return sqlState === DEPENDED_ON && detail !== undefined ? `:\n  ${detail.replaceAll('\n', '\n  ')}` : '';
}

const DEPENDED_ON = '2BP01';

function nameBlockers(blockers: readonly Blocker[]): string {
	if (blockers.length === 0) return '';
	return `; in the way was\n${blockers.map((each) => `  ${describeBlocker(each)}`).join('\n')}`;
}

/** The same for SQL that PostgreSQL's grammar refuses, so that nothing of the step ran. */
export function explainSyntaxError(
	error: SqlSyntaxError,
	step: Step,
	{ finished, waiting }: StepOptions,
): CompanionError {
	const file = fileOf(step);
	const place = placeOf(step, error.offset);
	return new CompanionError('STATEMENT_FAILED', `${file}:${place.line}:${place.column}: ${error.message}`, {
		hint: `Nothing of ${step.tag} ran. Mend the file, then run the command again.`,
		details: {
			tag: step.tag,
			kind: step.kind,
			file,
			...place,
			sqlState: '42601',
			message: error.message,
			finished: finished.map(({ tag }) => tag),
			notRun: waiting.map(({ tag }) => tag),
		},
		cause: error,
	});
}

interface Evidence {
	readonly place?: Place;
	readonly statement?: string;
	/** From 1. */
	readonly number?: number;
	/** True: every statement had run, and a deferred check failed. */
	readonly isAtCommit?: boolean;
	/** What the grammar refuses of the step's SQL. */
	readonly syntaxError?: SqlSyntaxError;
}

/** PostgreSQL's own position where it gives one; otherwise the statement that came after those it had completed. */
async function findEvidence(
	failure: SqlFailure,
	step: Step,
	{ transaction: { offset, before, after }, ledger }: FailureContext,
): Promise<Evidence> {
	const sql = sqlOf(step);
	const inFile = failure.offset === undefined ? undefined : failure.offset - offset;
	const isInFile = inFile !== undefined && inFile >= 0 && inFile <= sql.length;
	const { statements, syntaxError } = await parseWhatParses(sql);
	// The server refused the text before anything of it ran, and may quote what was sent behind the file.
	if (inFile !== undefined && failure.completed === 0 && syntaxError !== undefined) return { syntaxError };
	const index = isInFile
		? statements.findIndex(({ start, end }) => start <= inFile && inFile <= end)
		: failure.completed - before;
	const statement = statements[index];
	if (statement !== undefined)
		return {
			place: placeOf(step, isInFile ? inFile : statement.start),
			statement: statement.text,
			number: index + 1,
		};
	if (isInFile) return { place: placeOf(step, inFile) };
	const records = after ?? recordStatements(step, ledger).length;
	return { isAtCommit: index === statements.length + records };
}

async function parseWhatParses(sql: string): Promise<{
	readonly statements: readonly Statement[];
	readonly syntaxError?: SqlSyntaxError;
}> {
	const { parseStatements, SqlSyntaxError } = await import('../sql/parse-statements.ts');
	try {
		return { statements: await parseStatements(endStatementsAtBreakpoints(sql)) };
	} catch (error) {
		if (error instanceof SqlSyntaxError) return { statements: [], syntaxError: error };
		throw error;
	}
}

/** In the file, whose header lines stand above a down's SQL. */
function placeOf(step: Step, offset: number): Place {
	const place = locate(sqlOf(step), offset);
	return step.kind === 'revert' ? { ...place, line: place.line + step.linesAbove } : place;
}

function fileOf(step: Step): string {
	if (step.kind === 'apply') return step.up.file;
	return step.kind === 'revert' ? step.source : step.tag;
}

function nextAction(failure: SqlFailure, step: Step, kept: number | undefined): string {
	const command = step.kind === 'revert' ? 'pnpm db:rollback' : 'pnpm db:migrate';
	if (failure.isConnectionLost)
		return `The connection was lost; run \`${command}\` again: it finishes what is left.`;
	if (failure.sqlState === '55P03' || failure.sqlState === '40P01')
		return `Somebody else's work was in the way. Run \`${command}\` again when it is quieter.`;
	if (failure.sqlState === '42501')
		return `The role may not do this. Grant it what is missing, or make it a member of the role that owns the object, then run \`${command}\` again.`;
	if (failure.sqlState === DEPENDED_ON && step.kind === 'revert' && kept === undefined)
		return `Nothing of ${step.tag} was reverted. Drop yourself what depends on it where it may go, or put it into a migration of its own, then run \`${command}\` again.`;
	if (kept !== undefined)
		return `Mend the cause, then run \`${command}\` again: it goes on at this statement.`;
	return step.kind === 'revert'
		? `Nothing of ${step.tag} was reverted. Mend the down file, prove it with \`pnpm db:reverse --prove ${step.tag}\`, then run \`${command}\` again.`
		: `Nothing of ${step.tag} was kept. Mend the file, then run \`${command}\` again.`;
}

function optional(name: string, value: string | undefined): Record<string, string> {
	return value === undefined ? {} : { [name]: value };
}
