import type pg from 'pg';
import type { Catalog } from '../catalog/catalog.ts';
import { keepPlans } from '../catalog/keep-plans.ts';
import {
	type CatalogObjects,
	type ComparedObjects,
	readCatalog,
	readCompared,
	readObjects,
} from '../catalog/read-catalog.ts';
import { giveBack } from '../database/scratch/give-back.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import {
	type MigrationRun,
	MigrationSqlFailed,
	type Read,
	runMigrationSql,
	runSeparateIn,
	runStatementsIn,
	watchMigrationSql,
	watchStatementsIn,
} from './run-migration-sql.ts';

/** A scratch database in which anything may be tried: nothing of it stays. */
export interface Trial {
	/** Runs SQL of ours. */
	query(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
	/** Runs a query that is always the same. */
	read(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
	/** The first row of what SQL of ours gives; undefined when it fails or gives none. */
	tryQuery(sql: string): Promise<Record<string, unknown> | undefined>;
	/**
	 * Runs a migration's SQL.
	 * @throws MigrationSqlFailed and leaves the database as it was before that SQL, if it `canUndo`
	 */
	run(sql: string): Promise<void>;
	/** The same with statements of ours, which nobody has to parse. @throws as `run` does */
	runStatements(statements: readonly string[]): Promise<void>;
	/** The same, and sees what it does to rows. @throws as `run` does */
	watch(sql: string): Promise<MigrationRun>;
	readonly canUndo: boolean;
	readCatalog(): Promise<Catalog>;
	readObjects(): Promise<CatalogObjects>;
	/** What is enough for a comparison, and quicker. */
	readCompared(): Promise<ComparedObjects>;
	/** Idempotent. */
	close(): Promise<void>;
}

export interface OpenTrialOptions {
	readonly ignoreSchemas: readonly string[];
	/** Whether everything that will be tried can run in one transaction; a copy of the database is made otherwise. */
	readonly isTransactional: boolean;
}

/** Opens a trial on a database: inside a transaction that is aborted in the end, or in a copy. The caller closes. */
export async function openTrial(database: ScratchDatabase, options: OpenTrialOptions): Promise<Trial> {
	return options.isTransactional ? openInTransaction(database, options) : openInCopy(database, options);
}

/**
 * Does something in a trial. Where everything that it locks is too much for one transaction, it is done once more in a copy, where each
 * of its steps is a transaction of its own.
 */
export async function inTrial<Result>(
	database: ScratchDatabase,
	options: OpenTrialOptions,
	work: (trial: Trial) => Promise<Result>,
): Promise<Result> {
	const trial = await openTrial(database, options);
	try {
		return await work(trial);
	} catch (error) {
		if (!trial.canUndo || !isTooMuch(error)) throw error;
		await trial.close();
		return await inTrial(database, { ...options, isTransactional: false }, work);
	} finally {
		await trial.close();
	}
}

/** Says whether a transaction needed more locks than the server keeps for all of them together (`max_locks_per_transaction`). */
export function isTooMuch(error: unknown): boolean {
	const { code } = error as { readonly code?: string };
	return (error instanceof MigrationSqlFailed ? error.failure.sqlstate : code) === tooMuch;
}

/** The SQLSTATE of it: out of (shared) memory. */
export const tooMuch = '53200';

async function openInCopy(database: ScratchDatabase, { ignoreSchemas }: OpenTrialOptions): Promise<Trial> {
	const copy = await database.copy();
	return {
		query: (sql, values) => copy.query(sql, values),
		read: (sql, values) => copy.query(sql, values),
		tryQuery: (sql) =>
			copy.query(sql).then(
				({ rows }) => rows[0],
				() => undefined,
			),
		run: (sql) => runMigrationSql(copy.pool(), sql),
		runStatements: (statements) => runMigrationSql(copy.pool(), statements.join('\n')),
		watch: (sql) => watchMigrationSql(copy.pool(), sql),
		canUndo: false,
		readCatalog: () => readCatalog(keepPlans(copy.pool()), { ignoreSchemas }),
		readObjects: () => readObjects(keepPlans(copy.pool()), { ignoreSchemas }),
		readCompared: () => readCompared(keepPlans(copy.pool()), { ignoreSchemas }),
		close: () => copy.drop(),
	};
}

async function openInTransaction(
	database: ScratchDatabase,
	{ ignoreSchemas }: OpenTrialOptions,
): Promise<Trial> {
	const client = await database.pool().connect();
	let closing: Promise<void> | undefined;
	const ran: string[] = [];
	// Plans that the SQL has thrown away cannot be used any more.
	const pool = () =>
		ran.some((sql) => /\bdeallocate\b/i.test(sql)) ? asPool(client) : keepPlans(asPool(client));
	const readConstant = (sql: string) => pool().query(sql);
	const positions = await readPositions(readConstant);
	await client.query('BEGIN');
	return {
		query: (sql, values) => client.query(sql, values && [...values]),
		read: (sql, values) => pool().query(sql, values && [...values]),
		tryQuery: (sql) => tryInSavepoint(client, sql),
		run: (sql) => {
			ran.push(sql);
			return inSavepoint(client, () => runStatementsIn(client, sql));
		},
		runStatements: (statements) => {
			ran.push(...statements);
			const separate = statements.map((text) => ({ text, start: 0 }));
			return inSavepoint(client, () => runSeparateIn(client, separate));
		},
		watch: (sql) => {
			ran.push(sql);
			return inSavepoint(client, () => watchStatementsIn(client, sql, readConstant));
		},
		canUndo: true,
		readCatalog: () => readCatalog(pool(), { ignoreSchemas }),
		readObjects: () => readObjects(pool(), { ignoreSchemas }),
		readCompared: () => readCompared(pool(), { ignoreSchemas }),
		close: () => {
			closing ??= abort(client, { positions, read: readConstant, sql: ran.join('\n') });
			return closing;
		},
	};
}

/** As in a session of its own: what the SQL sets for the session, and its temporary tables, do not reach the next. */
async function inSavepoint<Result>(client: pg.PoolClient, run: () => Promise<Result>): Promise<Result> {
	await client.query('SAVEPOINT companion_run');
	try {
		const result = await run();
		await client.query('RELEASE SAVEPOINT companion_run; RESET ALL; DISCARD TEMP');
		return result;
	} catch (error) {
		await client.query('ROLLBACK TO SAVEPOINT companion_run; RELEASE SAVEPOINT companion_run');
		throw error;
	}
}

async function tryInSavepoint(
	client: pg.PoolClient,
	sql: string,
): Promise<Record<string, unknown> | undefined> {
	await client.query('SAVEPOINT companion_try');
	try {
		return (await client.query(sql)).rows[0];
	} catch {
		// What fails is answered by `undefined`: the caller asks whether it works.
		await client.query('ROLLBACK TO SAVEPOINT companion_try');
		return undefined;
	} finally {
		await client.query('RELEASE SAVEPOINT companion_try');
	}
}

/** A pool of this one session, whose transactions are savepoints. */
function asPool(client: pg.PoolClient): pg.Pool {
	const query = (text: string | pg.QueryConfig, values?: unknown[]) =>
		client.query(typeof text === 'string' ? nestTransaction(text) : text, values);
	const facade = { query, release: () => undefined };
	return { connect: async () => facade, query } as unknown as pg.Pool;
}

const LEAVE = 'ROLLBACK TO SAVEPOINT companion_read; RELEASE SAVEPOINT companion_read';

function nestTransaction(text: string): string {
	if (/^(?:COMMIT|ROLLBACK)$/i.test(text)) return LEAVE;
	return text.replace(/^BEGIN[^;]*/i, 'SAVEPOINT companion_read');
}

/** Where sequences stand, by their names; those that were never used are left out. */
type Positions = ReadonlyMap<string, string>;

const POSITIONS = `SELECT format('%I.%I', schemaname, sequencename) AS sequence, last_value::text AS value FROM pg_sequences
	WHERE last_value IS NOT NULL`;

async function readPositions(read: Read): Promise<Positions> {
	return new Map((await read(POSITIONS)).rows.map(({ sequence, value }) => [sequence, value]));
}

/** `nextval` is not undone with a transaction: sequences are put back where they were. */
async function abort(
	client: pg.PoolClient,
	{ positions, read, sql }: { readonly positions: Positions; readonly read: Read; readonly sql: string },
): Promise<void> {
	try {
		await client.query('ROLLBACK');
		const now = await readPositions(read);
		for (const sequence of new Set([...positions.keys(), ...now.keys()])) {
			const old = positions.get(sequence);
			if (old === now.get(sequence)) continue;
			const start = `(SELECT seqstart FROM pg_sequence WHERE seqrelid = $1::regclass)`;
			await client.query(`SELECT setval($1::regclass, coalesce($2::bigint, ${start}), $2 IS NOT NULL)`, [
				sequence,
				old ?? null,
			]);
		}
	} catch (error) {
		client.release(true);
		throw error;
	}
	await giveBack(client, sql);
}
