import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { UpFile } from '../journal/migration.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { mayChangeSettings } from '../sql/may-change-settings.ts';
import { needsNoTransaction } from '../sql/needs-no-transaction.ts';

/** So much goes into one transaction at most: each table that is made keeps some locks until its end. */
const most = { files: 50, length: 100_000 };

/**
 * How many of the files, counted from the first, may run in one transaction as if each had its own: they define tables, indexes, types and
 * nothing that could change a session, call a function or make a role.
 */
export async function countTogether(files: readonly UpFile[]): Promise<number> {
	let [count, length] = [0, 0];
	for (const { sql } of files.slice(0, most.files)) {
		length += sql.length;
		if (length > most.length || mayChangeSettings(sql) || ABOUT_ROLE.test(sql)) break;
		if (await needsNoTransaction(sql)) break;
		count += 1;
	}
	return count;
}

const ABOUT_ROLE = /\b(?:role|user|group|temp|temporary)\b/i;

/**
 * Runs up files in one transaction and one round trip. What a COMMIT would check is checked behind each.
 * @returns false, and leaves the database as it was, where that does not work: one by one they tell why, or run all the same
 */
export async function replayTogether(database: ScratchDatabase, files: readonly UpFile[]): Promise<boolean> {
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
