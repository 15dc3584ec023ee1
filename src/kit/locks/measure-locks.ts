import type pg from 'pg';
import { giveBack } from '../database/scratch/give-back.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { skipExistingRoles } from '../generate/skip-existing-roles.ts';
import { openTrial, type Trial } from '../reverse/open-trial.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { parseStatements, type Statement } from '../sql/parse-statements.ts';
import { findNonTransactional } from '../sql/transactionality.ts';
import { compareObservations } from './compare-observations.ts';
import { needsOneTransaction } from './needs-one-transaction.ts';
import { type LocksByRelation, type Observation, observeRelations } from './observe-relations.ts';
import type { StatementLocks } from './statement-locks.ts';
import { watchStatement } from './watch-statement.ts';

export interface MeasureLocksOptions {
	/** The state before the migration; left as it is, though sessions opened by it are ended. */
	readonly before: ScratchDatabase;
	readonly upSql: string;
}

/**
 * What each statement of a migration locks, rewrites and scans among the relations that existed before, by running it in a copy of
 * the state before. A statement that fails ends the list and says why.
 * @throws SqlSyntaxError
 */
export async function measureLocks({
	before,
	upSql,
}: MeasureLocksOptions): Promise<readonly StatementLocks[]> {
	const apart = await measureInCopy(before, upSql, { isApart: true });
	if (apart.at(-1)?.failure === undefined) return apart;
	// Perhaps it only fails because its statements were committed one by one.
	const together = await measureInCopy(before, upSql, { isApart: false });
	return together.at(-1)?.failure === undefined || together.length > apart.length ? together : apart;
}

interface Manner {
	/**
	 * True: each statement is committed by itself, so that all of its locks are seen, also those on tables that an earlier
	 * statement of the migration has locked.
	 */
	readonly isApart: boolean;
}

async function measureInCopy(
	before: ScratchDatabase,
	upSql: string,
	manner: Manner,
): Promise<readonly StatementLocks[]> {
	const copy = await before.copy();
	try {
		return await measureInPlace(copy, upSql, manner);
	} finally {
		await copy.drop();
	}
}

/**
 * The same, in the database itself, which is then as the migration leaves it; after a failure it is somewhere on the way.
 * @throws SqlSyntaxError
 */
export async function measureInPlace(
	database: ScratchDatabase,
	upSql: string,
	{ isApart }: Manner = { isApart: true },
): Promise<readonly StatementLocks[]> {
	const { sql, statements, alone } = await readStatements(database, upSql);
	const isTogether = alone.size === 0 && (!isApart || needsOneTransaction(statements));
	const subject = await database.pool().connect();
	const watcher = alone.size === 0 ? undefined : await database.pool().connect();
	let isThrough = false;
	try {
		const watched = watcher === undefined ? undefined : { subject, watcher };
		const locks = await measureStatements({ subject, watched, alone, isTogether }, statements);
		isThrough = locks.every(({ failure }) => failure === undefined);
		return locks;
	} finally {
		watcher?.release(true);
		if (isThrough) await giveBack(subject, sql);
		else subject.release(true);
	}
}

/**
 * The same of a single statement, which is undone: the database stays as it is.
 * @returns undefined where there are more, each of which would have to be committed to see the locks of the next, or where it cannot be undone
 */
export async function measureInTrial(
	database: ScratchDatabase,
	upSql: string,
): Promise<readonly StatementLocks[] | undefined> {
	const { statements, alone } = await readStatements(database, upSql);
	const [statement, ...others] = statements;
	if (statement === undefined || others.length > 0 || alone.size > 0) return undefined;
	const trial = await openTrial(database, { ignoreSchemas: [], isTransactional: true });
	try {
		const existing = new Set((await observeRelations(trial)).relations.keys());
		const measuring = { subject: trial, watched: undefined, alone, isTogether: true };
		return [await measureStatement(measuring, statement, existing)];
	} finally {
		await trial.close();
	}
}

async function readStatements(database: ScratchDatabase, upSql: string) {
	const sql = await skipExistingRoles(database, endStatementsAtBreakpoints(upSql));
	const statements = await parseStatements(sql);
	const alone = new Set((await findNonTransactional(sql)).map(({ statement }) => statement.start));
	return { sql, statements, alone };
}

interface Measuring {
	readonly subject: Pick<Trial, 'query'>;
	/** The sessions for statements that refuse to run in a transaction block: one looks on. Absent where there is none. */
	readonly watched: { readonly subject: pg.PoolClient; readonly watcher: pg.PoolClient } | undefined;
	/** Where the statements begin that refuse to run in a transaction block. */
	readonly alone: ReadonlySet<number>;
	readonly isTogether: boolean;
}

async function measureStatements(
	measuring: Measuring,
	statements: readonly Statement[],
): Promise<readonly StatementLocks[]> {
	const { subject, isTogether } = measuring;
	const existing = new Set((await observeRelations(subject)).relations.keys());
	const measured: StatementLocks[] = [];
	if (isTogether) await subject.query('BEGIN');
	for (const statement of statements) {
		const result = await measureStatement(measuring, statement, existing);
		measured.push(result);
		if (result.failure !== undefined) return measured;
	}
	if (isTogether) await commitInto(measured, subject);
	return measured;
}

async function measureStatement(
	measuring: Measuring,
	{ text, start, end, kind, node }: Statement,
	existing: ReadonlySet<string>,
): Promise<StatementLocks> {
	const isTransactional = !measuring.alone.has(start);
	const place = { text, start, end, isTransactional };
	try {
		const isVacuum = kind === 'VacuumStmt' && node.is_vacuumcmd;
		const { before, after, locks } = isTransactional
			? await runInTransaction(measuring, text, existing)
			: await runAlone(measuring, text, isVacuum);
		return { ...place, effects: compareObservations({ before, after, locks, existing }) };
	} catch (error) {
		const { message, code } = error as Error & { readonly code?: string };
		return { ...place, effects: [], failure: { message, ...(code === undefined ? {} : { sqlState: code }) } };
	}
}

interface Observed {
	readonly before: Observation;
	readonly after: Observation;
	readonly locks: LocksByRelation;
}

async function runInTransaction(
	{ subject, isTogether }: Measuring,
	text: string,
	existing: ReadonlySet<string>,
): Promise<Observed> {
	if (!isTogether) await subject.query('BEGIN');
	const before = await observeRelations(subject, existing);
	await subject.query(text);
	const after = await observeRelations(subject, existing);
	if (!isTogether) await subject.query('COMMIT');
	return { before, after, locks: after.locks };
}

/** Sees what is made on the way, too: an index that is built anew beside the old one. */
async function runAlone({ subject, watched }: Measuring, text: string, isVacuum: boolean): Promise<Observed> {
	const before = await observeRelations(subject);
	if (watched === undefined) throw new Error('nobody looks on');
	const locks = await watchStatement({ ...watched, text, before: { ...before, locks: new Map() }, isVacuum });
	const after = await observeRelations(subject);
	return { before, after, locks };
}

/** Deferred constraints are checked here: a failure belongs to the last statement. */
async function commitInto(measured: StatementLocks[], subject: Pick<Trial, 'query'>): Promise<void> {
	try {
		await subject.query('COMMIT');
	} catch (error) {
		const { message, code } = error as Error & { readonly code?: string };
		const last = measured.pop();
		if (last !== undefined)
			measured.push({ ...last, failure: { message, ...(code === undefined ? {} : { sqlState: code }) } });
	}
}
