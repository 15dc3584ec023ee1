import type { ScratchDatabase, ScratchSession } from '../database/scratch/open-scratch-server.ts';
import type { UpFile } from '../journal/migration.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { mayChangeSettings } from '../sql/may-change-settings.ts';
import { needsNoTransaction } from '../sql/needs-no-transaction.ts';
import { splitInLanes } from './split-in-lanes.ts';

/** So much goes into one transaction at most, one file apart: each table that is made keeps some locks until its end. */
const most = { files: 50, length: 100_000 };

/**
 * How many of the files, counted from the first, may run in one transaction as if each had its own: they define tables, indexes, types and
 * nothing that could change a session, call a function or make a role.
 */
export async function countTogether(files: readonly UpFile[]): Promise<number> {
	let [count, length] = [0, 0];
	for (const { sql } of files.slice(0, most.files)) {
		length += sql.length;
		if (count > 0 && length > most.length) break;
		if (mayChangeSettings(sql) || ABOUT_ROLE.test(sql)) break;
		if (await needsNoTransaction(sql)) break;
		count += 1;
	}
	return count;
}

const ABOUT_ROLE = /\b(?:role|user|group|temp|temporary)\b/i;

/**
 * Runs up files in one transaction and one round trip, or where half of their statements have nothing to do with the other half, in one
 * for each half: PostgreSQL waits for the disk with every index that it makes. What a COMMIT would check is checked behind each.
 * @returns false, and leaves the database as it was, where that does not work: one by one they tell why, or run all the same
 */
export async function replayTogether(database: ScratchDatabase, files: readonly UpFile[]): Promise<boolean> {
	const lanes = alone.has(database) ? undefined : splitInLanes(files.map(({ sql }) => sql));
	const sessions = lanes === undefined ? undefined : await openTransactions(database, lanes.length);
	if (lanes !== undefined && sessions !== undefined && (await runInLanes(sessions, lanes))) return true;
	// Waiting in vain once is enough.
	if (lanes !== undefined) alone.add(database);
	return files.length > 1 && (await runInOne(database, files));
}

/** Where two sessions did not get on. */
const alone = new WeakSet<ScratchDatabase>();

/** Sessions with a transaction each; undefined where the role, the server or a pooler between has no more than one. */
async function openTransactions(
	database: ScratchDatabase,
	count: number,
): Promise<readonly ScratchSession[] | undefined> {
	const sessions: ScratchSession[] = [];
	try {
		while (sessions.length < count) {
			const session = await database.pool().connect();
			sessions.push(session);
			await session.query(BEGIN);
		}
		return sessions;
	} catch (error) {
		for (const session of sessions) session.release(true);
		const { code, message } = error as { readonly code?: string; readonly message: string };
		if (code === TOO_MANY_CONNECTIONS || message === TIMED_OUT) return undefined;
		throw error;
	}
}

/** A pooler lets the second wait for the first, which waits for it: pg gives up. */
const BEGIN = { text: "BEGIN; SET LOCAL lock_timeout = '3s'", query_timeout: 3_000 };
const TIMED_OUT = 'Query read timeout';
const TOO_MANY_CONNECTIONS = '53300';

/** Both or none. Where one waits for what the other keeps locked, none. */
async function runInLanes(
	sessions: readonly ScratchSession[],
	lanes: readonly (readonly string[])[],
): Promise<boolean> {
	let isThrough = false;
	try {
		const outcomes = await Promise.all(
			sessions.map((session, place) => runLane(session, lanes[place] ?? [])),
		);
		const isWhole = outcomes.every(Boolean);
		for (const session of sessions) await session.query(isWhole ? 'COMMIT' : 'ROLLBACK');
		isThrough = true;
		return isWhole;
	} finally {
		for (const session of sessions) session.release(!isThrough);
	}
}

async function runLane(session: ScratchSession, statements: readonly string[]): Promise<boolean> {
	const text = [...statements, END_OF_FILE].join('\n;\n');
	const results: unknown = await session.query(text).catch(ignoreFailure);
	// A quote that a statement leaves open takes the next ones for its own.
	return Array.isArray(results) && results.length === statements.length + 1;
}

/** Whoever runs them one by one gets it again. */
function ignoreFailure(error: { readonly code?: string }): undefined {
	if (error.code === undefined) throw error;
}

async function runInOne(database: ScratchDatabase, files: readonly UpFile[]): Promise<boolean> {
	const texts = files.map(({ sql }) => `${endStatementsAtBreakpoints(sql)}\n;\n${END_OF_FILE};\n`);
	const client = await database.pool().connect();
	try {
		await client.query('BEGIN');
		const isWhole = await client.query(texts.join('')).then(
			(results) => countEnds(results as unknown as readonly Result[]) === files.length,
			() => false,
		);
		await client.query(isWhole ? 'COMMIT' : 'ROLLBACK');
		client.release();
		return isWhole;
	} catch (error) {
		client.release(true);
		throw error;
	}
}

const END_OF_FILE = 'SET CONSTRAINTS ALL IMMEDIATE';

interface Result {
	readonly command: string;
}

/** A quote or comment that a file leaves open takes the end of that file for its own. */
function countEnds(results: readonly Result[]): number {
	return results.filter(({ command }) => command === 'SET').length;
}
