import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import { type Blocker, watchBlockers } from '../database/watch-blockers.ts';
import type { OnProgress } from '../progress.ts';

/** How an attempt ended, and who was in the way of it. */
export interface WatchedAttempt {
	/** Absent: it succeeded. */
	readonly failure: SqlFailure | undefined;
	readonly blockers: readonly Blocker[];
}

export interface LimitedAttempt {
	/** Works with the session that it is given. */
	readonly attempt: (watched: Session) => Promise<SqlFailure | undefined>;
	/** Told when nobody can watch. */
	readonly onProgress?: OnProgress | undefined;
}

/**
 * Does from outside what `lock_timeout` does: a statement that is seen waiting for a lock for too long is cancelled, and fails as
 * PostgreSQL would have it. It needs a connection of its own; where none is to be had, that is said, and the statement waits without a limit.
 * @param lockTimeout milliseconds
 */
export async function limitLockWait(
	session: Session,
	lockTimeout: number,
	{ attempt, onProgress }: LimitedAttempt,
): Promise<WatchedAttempt> {
	let isCut = false;
	let running = '';
	const run = (sql: string) => {
		running = sql;
		return session.run(sql);
	};
	const watch = watchBlockers(session, lockTimeout, {
		readStatement: () => running,
		onWait: async (milliseconds) => {
			if (milliseconds < lockTimeout) return;
			isCut = true;
			await session.cancel();
		},
		onBlind: () =>
			onProgress?.({
				message:
					'the pooler gives no third connection, so that nobody limits how long this statement waits for a lock (PgBouncer: default_pool_size)',
			}),
	});
	let failure: SqlFailure | undefined;
	try {
		failure = await attempt({ ...session, run });
	} finally {
		await watch.end();
	}
	const blockers = await watch.end();
	if (!isCut || failure?.sqlState !== '57014') return { failure, blockers };
	return { failure: timedOut(failure, running), blockers };
}

function timedOut(cause: SqlFailure, sql: string): SqlFailure {
	const error = Object.assign(new Error('canceling statement due to lock timeout', { cause }), {
		code: '55P03',
	});
	return SqlFailure.from(error, { sql, completed: cause.completed, commits: cause.commits });
}
