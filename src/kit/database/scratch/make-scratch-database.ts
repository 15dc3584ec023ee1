import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { awaitNoRows } from './await-no-rows.ts';
import type { ScratchDatabase } from './open-scratch-server.ts';
import { quoteIdentifier } from './quote-identifier.ts';
import type { ScratchRun } from './scratch-run.ts';

const sessionsPerDatabase = 2;
const patienceMilliseconds = 5000;

/** Wraps a database that the run has just made. */
export function makeScratchDatabase(run: ScratchRun, name: string): ScratchDatabase {
	const connection = { ...run.connection, database: name };
	let open: Sessions | undefined;
	let dropped: Promise<void> | undefined;

	const pool = () => {
		open ??= openSessions(connection, run.noteLost);
		return open.pool;
	};
	const disconnect = async () => {
		const ending = open;
		open = undefined;
		if (ending !== undefined) await endSessions(run, ending);
	};
	const database: ScratchDatabase = {
		name,
		connection,
		pool,
		disconnect,
		query: (text, values) => runQuery(pool(), text, values),
		refuseIfDisturbed: () => run.refuseIfDisturbed(),
		copy: async () => {
			await disconnect();
			return run.create(name);
		},
		drop: () => {
			dropped ??= dropDatabase(run, database).catch((error) => {
				dropped = undefined;
				throw error;
			});
			return dropped;
		},
	};
	return database;
}

interface Sessions {
	readonly pool: pg.Pool;
	/** The server's processes. */
	readonly pids: Set<number>;
	/** From now on, none is missed. */
	giveUp(): void;
}

function openSessions(connection: pg.ClientConfig, noteLost: (error: Error) => void): Sessions {
	const settings = { application_name: 'drizzle-companion', ...connection, connectionTimeoutMillis: 15_000 };
	const pool = new pg.Pool({ ...settings, max: sessionsPerDatabase, allowExitOnIdle: true });
	const pids = new Set<number>();
	const working = new Set<pg.PoolClient>();
	pool.on('acquire', (client) => working.add(client));
	pool.on('release', (_error, client) => working.delete(client));
	// Sessions that the server ends while nothing runs are replaced by the pool; unheard, their errors would end the process.
	pool.on('error', () => {});
	pool.on('connect', (client) => {
		client.on('error', (error) => working.has(client) && noteLost(error));
		pids.add((client as unknown as { processID: number }).processID);
	});
	return { pool, pids, giveUp: () => working.clear() };
}

// A session that is checked out ends when it is given back, for which nobody should wait for ever; and the server notices
// the end of a session a little after the client.
async function endSessions(run: ScratchRun, { pool, pids, giveUp }: Sessions): Promise<void> {
	giveUp();
	await Promise.race([pool.end(), sleep(patienceMilliseconds, undefined, { ref: false })]);
	const query = 'SELECT 1 FROM pg_stat_activity WHERE pid = ANY($1) AND datname LIKE $2 LIMIT 1';
	await awaitNoRows(run.admin, { query, values: [[...pids], 'companion\\_%'], milliseconds: 500 });
}

async function runQuery(
	pool: pg.Pool,
	text: string,
	values: readonly unknown[] | undefined,
): Promise<pg.QueryResult> {
	const result = (await pool.query(text, values === undefined ? undefined : [...values])) as
		| pg.QueryResult
		| pg.QueryResult[];
	return Array.isArray(result) ? (result.at(-1) as pg.QueryResult) : result;
}

async function dropDatabase(run: ScratchRun, database: ScratchDatabase): Promise<void> {
	await database.disconnect();
	await run.admin.run(`DROP DATABASE IF EXISTS ${quoteIdentifier(database.name)} WITH (FORCE)`);
	run.forget(database);
}
