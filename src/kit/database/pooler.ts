import type { Row, Session } from './session.ts';

/** Asks for the server's process, to be compared by `isPooled`. */
export const backendPid = 'pg_backend_pid() AS backend';

/**
 * Says whether a pooler (PgBouncer, Supavisor, …) stands between: it gives its clients process numbers of its own. In its transaction
 * mode every transaction may run in another server process, so that what belongs to a session (a lock, a SET) is left behind.
 * @param row of a query that selected `backendPid`
 */
export function isPooled({ pid }: Pick<Session, 'pid'>, row: Row | undefined): boolean {
	return pid !== 0 && Number(row?.backend) !== pid;
}

/** The same where nothing else is to be asked. @throws SqlFailure */
export async function isBehindPooler(session: Session): Promise<boolean> {
	const [[row] = []] = await session.run(`SELECT ${backendPid}`);
	return isPooled(session, row);
}
