import pg from 'pg';
import type { Session } from './session.ts';

/** A few more connections to a session's database, for readers that need a pool. The caller ends it. */
export function openPool(session: Session): pg.Pool {
	const pool = new pg.Pool({ ...session.connection, max: 2 });
	// An idle connection that the server ends is no failure of anything.
	pool.on('error', () => {});
	return pool;
}
