import type pg from 'pg';
import { giveBack } from '../database/scratch/give-back.ts';
import { breakpoint } from '../sql/end-statements-at-breakpoints.ts';
import { COPY_FROM_STDIN, findCopyFromStdin } from '../sql/find-copy-from-stdin.ts';
import { parseStatements, SqlSyntaxError, type Statement } from '../sql/parse-statements.ts';
import { findNonTransactional } from '../sql/transactionality.ts';

/** A migration's SQL that did not run, with the statement that stopped it. */
export class MigrationSqlFailed extends Error {
	readonly failure: SqlFailure;

	constructor(failure: SqlFailure, cause: unknown) {
		super(failure.message, { cause });
		this.name = 'MigrationSqlFailed';
		this.failure = failure;
	}
}

/** PostgreSQL's own words about a statement that failed. */
export interface SqlFailure {
	readonly message: string;
	/** SQLSTATE; absent when the server never saw the statement. */
	readonly sqlstate?: string;
	readonly detail?: string;
	readonly hint?: string;
	/** Where in the SQL text, as a JavaScript string offset. */
	readonly offset: number;
	/** The statement's text. */
	readonly statement: string;
	/** The table that the error is about, where PostgreSQL names one. */
	readonly table?: { readonly schema: string; readonly name: string };
}

/** What is known after a migration's SQL ran. */
export interface MigrationRun {
	/** The identities of the tables of which rows were inserted, updated or deleted, by any statement or function. */
	readonly changedTables: readonly string[];
	/** The identities of the sequences that stand elsewhere than before. */
	readonly movedSequences: readonly string[];
}

/**
 * Runs a migration's SQL as the runner would: in one transaction, or statement by statement where something in it
 * cannot run inside one. Nothing that it leaves in the session reaches the next who uses it.
 * @throws MigrationSqlFailed
 */
export async function runMigrationSql(pool: pg.Pool, sql: string): Promise<void> {
	await runInSession(pool, sql, runStatements);
}

/** The same, and sees what it does to rows. @throws MigrationSqlFailed */
export async function watchMigrationSql(pool: pg.Pool, sql: string): Promise<MigrationRun> {
	return (await runInSession(pool, sql, runAndCount)) ?? { changedTables: [], movedSequences: [] };
}

/** What the given function makes of it; undefined where it cannot run in a transaction. */
async function runInSession<Result>(
	pool: pg.Pool,
	sql: string,
	run: (client: pg.PoolClient, statements: RunPlan['statements']) => Promise<Result>,
): Promise<Result | undefined> {
	const plan = await planRun(sql);
	const client = await pool.connect();
	let isThrough = false;
	try {
		const result = plan.isTransactional
			? await runInTransaction(client, plan.statements, run)
			: await runOneByOne(client, plan.statements);
		isThrough = true;
		return result ?? undefined;
	} finally {
		if (isThrough) await giveBack(client, sql);
		else client.release(true);
	}
}

/** Whether a migration's SQL can run in one transaction. */
export async function isTransactional(sql: string): Promise<boolean> {
	return (await planRun(sql)).isTransactional;
}

interface RunPlan {
	readonly isTransactional: boolean;
	readonly statements: readonly Pick<Statement, 'text' | 'start'>[];
}

const NO_TRANSACTION = /^\s*--\s*companion:\s*no-transaction\b/m;

async function planRun(sql: string): Promise<RunPlan> {
	const copy = await findCopyFromStdin(sql);
	if (copy !== undefined)
		throw new MigrationSqlFailed(
			{ message: COPY_FROM_STDIN, offset: copy, statement: firstLineAt(sql, copy) },
			undefined,
		);
	try {
		const outside = NO_TRANSACTION.test(sql) || (await findNonTransactional(sql)).length > 0;
		return { isTransactional: !outside, statements: await parseStatements(sql) };
	} catch (error) {
		if (!(error instanceof SqlSyntaxError)) throw error;
		throw new MigrationSqlFailed(
			{
				message: error.message,
				sqlstate: '42601',
				offset: error.offset,
				statement: statementAt(sql, error.offset),
			},
			error,
		);
	}
}

function firstLineAt(sql: string, offset: number): string {
	return sql.slice(offset).split('\n')[0] ?? '';
}

/** The part of an unparsable text around an offset, as far as drizzle's breakpoints reach. */
function statementAt(sql: string, offset: number): string {
	const from = sql.lastIndexOf(breakpoint, offset);
	const to = sql.indexOf(breakpoint, offset);
	const start = from === -1 ? 0 : from + breakpoint.length;
	return sql.slice(start, to === -1 ? undefined : to).trim();
}

async function runInTransaction<Result>(
	client: pg.PoolClient,
	statements: RunPlan['statements'],
	run: (client: pg.PoolClient, statements: RunPlan['statements']) => Promise<Result>,
): Promise<Result> {
	await client.query('BEGIN');
	const result = await run(client, statements);
	// Deferred constraints are checked here: a failure belongs to the last statement.
	await runOne(client, { text: 'COMMIT', start: statements.at(-1)?.start ?? 0 });
	return result;
}

/** Runs a query of ours in the same session. */
export type Read = (sql: string) => Promise<pg.QueryResult>;

/**
 * Runs a migration's SQL in the session's open transaction and checks deferred constraints as a commit would.
 * @throws MigrationSqlFailed
 */
export async function runStatementsIn(client: pg.PoolClient, sql: string): Promise<void> {
	const { statements } = await planRun(sql);
	await runSeparateIn(client, statements);
}

/** The same where they have been told apart. @throws MigrationSqlFailed */
export async function runSeparateIn(client: pg.PoolClient, statements: RunPlan['statements']): Promise<void> {
	await runStatements(client, statements);
	await checkConstraints(client, statements);
}

/** The same, and sees what it does to rows. @param read may keep the query's plan @throws MigrationSqlFailed */
export async function watchStatementsIn(
	client: pg.PoolClient,
	sql: string,
	read: Read,
): Promise<MigrationRun> {
	const { statements } = await planRun(sql);
	const run = await runAndCount(client, statements, read);
	await checkConstraints(client, statements);
	return run;
}

async function checkConstraints(client: pg.PoolClient, statements: RunPlan['statements']): Promise<void> {
	await runOne(client, { text: 'SET CONSTRAINTS ALL IMMEDIATE', start: statements.at(-1)?.start ?? 0 });
}

async function runAndCount(
	client: pg.PoolClient,
	statements: RunPlan['statements'],
	read: Read = (sql) => client.query(sql),
): Promise<MigrationRun> {
	const before = new Map((await readCounts(read)).map(({ name, count }) => [name, count]));
	await runStatements(client, statements);
	const different = (await readCounts(read)).filter(({ name, count }) => count !== before.get(name));
	const list = (isSequence: boolean) =>
		different.filter((item) => item.isSequence === isSequence).map(({ name }) => name);
	return { changedTables: list(false), movedSequences: list(true) };
}

interface Count {
	readonly name: string;
	readonly count: string;
	readonly isSequence: boolean;
}

/** Rows inserted, updated and deleted so far in this transaction, by table, for which rewriting it does not count; and where sequences stand. */
async function readCounts(read: Read): Promise<readonly Count[]> {
	const { rows } = await read(`SELECT concat('pg_class:', relid, ':0') AS name,
		(n_tup_ins + n_tup_upd + n_tup_del)::text AS count, false AS "isSequence" FROM pg_stat_xact_user_tables
		WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname !~ '^pg_temp'
		UNION ALL SELECT concat('pg_class:', seqrelid, ':0'), pg_sequence_last_value(seqrelid)::text, true
		FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL`);
	return rows;
}

async function runOneByOne(client: pg.PoolClient, statements: RunPlan['statements']): Promise<void> {
	for (const statement of statements) await runOne(client, statement, { isInTransaction: false });
}

/** Statements of an open transaction: all at once, and where that fails one by one, to see which it was. */
async function runStatements(client: pg.PoolClient, statements: RunPlan['statements']): Promise<void> {
	if (await runAtOnce(client, statements)) return;
	for (const statement of statements) await runOne(client, statement);
}

async function runAtOnce(client: pg.PoolClient, statements: RunPlan['statements']): Promise<boolean> {
	const isLong = statements.reduce((sum, { text }) => sum + text.length, 0) > mostAtOnce;
	const isApart = ({ text }: { readonly text: string }) => ABOUT_ROLE.test(text) || BY_ITSELF.test(text);
	if (statements.length < 2 || isLong || statements.some(isApart)) return false;
	const texts = ['SAVEPOINT companion_all', ...statements.map(({ text }) => text), LEAVE_ALL];
	try {
		await client.query(texts.join('\n;\n'));
		return true;
	} catch {
		// Whoever runs them one by one gets the error again, with the statement that it belongs to.
		await client.query(`ROLLBACK TO SAVEPOINT companion_all; ${LEAVE_ALL}`).catch(() => undefined);
		return false;
	}
}

const LEAVE_ALL = 'RELEASE SAVEPOINT companion_all';

/** Characters. */
const mostAtOnce = 1_000_000;

/** Would take the savepoint with it. */
const BY_ITSELF = /^\s*(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare)\b/i;

async function runOne(
	client: pg.PoolClient,
	statement: RunPlan['statements'][number],
	{ isInTransaction }: { readonly isInTransaction: boolean } = { isInTransaction: true },
): Promise<void> {
	const isAboutRole = ABOUT_ROLE.test(statement.text);
	const running = isAboutRole
		? runAboutRole(client, statement.text, isInTransaction)
		: client.query(statement.text);
	await running.catch((error: unknown) => {
		throw new MigrationSqlFailed(describeFailure(error, statement), error);
	});
}

/** Also a block of PL/pgSQL that makes one. */
const ABOUT_ROLE =
	/^\s*(?:(?:create|alter|drop)\s+(?:role|user|group)\b|do\b[\s\S]*\bcreate\s+(?:role|user|group)\b)/i;

const ALREADY_THERE = '42710';
const NOT_THERE = '42704';

/** Roles outlive a scratch database: one that another of them has made, renamed or dropped already is no failure. */
async function runAboutRole(client: pg.PoolClient, sql: string, isInTransaction: boolean): Promise<void> {
	if (isInTransaction) await client.query('SAVEPOINT companion_role');
	try {
		await client.query(sql);
	} catch (error) {
		const { code } = error as ServerError;
		if (code !== ALREADY_THERE && code !== NOT_THERE) throw error;
		if (isInTransaction) await client.query('ROLLBACK TO SAVEPOINT companion_role');
		if (/^\s*do\b/i.test(sql)) await runTolerantBlock(client, sql, error);
	}
	if (isInTransaction) await client.query('RELEASE SAVEPOINT companion_role');
}

/** What else the block does has to be done: only the making of the role may fail. */
async function runTolerantBlock(client: pg.PoolClient, sql: string, error: unknown): Promise<void> {
	if (!/^role ".*" already exists$/.test((error as ServerError).message)) throw error;
	await client.query(
		sql.replace(
			/(?:\bexecute\b[^;]*?)?\bcreate\s+(?:role|user(?!\s+mapping)|group)\b[^;]*;/gi,
			(statement) => `BEGIN ${statement} EXCEPTION WHEN duplicate_object THEN NULL; END;`,
		),
	);
}

interface ServerError {
	readonly message: string;
	readonly code?: string;
	readonly detail?: string;
	readonly hint?: string;
	readonly position?: string;
	readonly schema?: string;
	readonly table?: string;
}

function describeFailure(error: unknown, statement: Pick<Statement, 'text' | 'start'>): SqlFailure {
	const { message, code, detail, hint, position, schema, table } = error as ServerError;
	return {
		message,
		...(code ? { sqlstate: code } : {}),
		...(detail ? { detail } : {}),
		...(hint ? { hint } : {}),
		...(table ? { table: { schema: schema ?? 'public', name: table } } : {}),
		offset: statement.start + (position ? toOffset(statement.text, Number(position)) : 0),
		statement: statement.text,
	};
}

/** PostgreSQL counts characters from 1; a JavaScript string counts UTF-16 units from 0. */
function toOffset(text: string, position: number): number {
	return [...text].slice(0, position - 1).join('').length;
}
