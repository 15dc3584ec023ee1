import type { Session } from './session.ts';

/**
 * Says whether a pooler (PgBouncer, Supavisor, …) stands between: it gives its clients process numbers of its own. In its transaction
 * mode every transaction may run in another server process, so that what belongs to a session (a lock, a SET) is left behind.
 * @throws SqlFailure
 */
export async function isBehindPooler(session: Session): Promise<boolean> {
	const [[row] = []] = await session.run('SELECT pg_backend_pid() AS backend');
	return session.pid !== 0 && Number(row?.backend) !== session.pid;
}
