import type pg from 'pg';

/**
 * Gives back a session in which somebody's SQL ran and whose transaction has ended: as new, because what is planned and looked up in it is
 * worth keeping, or ended, where only a new session is without what that SQL may have left.
 */
export async function giveBack(client: pg.PoolClient, sql: string): Promise<void> {
	// One that cannot be cleaned, because it is lost, is ended like one that need not be: whoever comes next gets a new one.
	const isAsNew = !LEAVES_MORE.test(sql) && (await clean(client).catch(() => false));
	client.release(!isAsNew);
}

/** What `DISCARD ALL` would take our own plans for, what nothing takes back, and settings that only new sessions have. */
const LEAVES_MORE = /\b(?:prepare|deallocate|load|alter\s+(?:database|role|user|system))\b/i;

/** What `DISCARD ALL` does, but for the plans. False: functions may be compiled here, and would remember the types of columns that change. */
async function clean(client: pg.PoolClient): Promise<boolean> {
	const results = (await client.query(`CLOSE ALL; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; UNLISTEN *;
		SELECT pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP;
		SELECT NOT EXISTS (SELECT FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
			WHERE p.oid >= 16384 AND l.lanname NOT IN ('internal', 'c', 'sql')) AS is_new`)) as unknown as pg.QueryResult[];
	return results.at(-1)?.rows[0].is_new === true;
}
