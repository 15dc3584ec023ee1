import { createHash, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerName } from '../config/config.ts';
import { CompanionError } from '../errors.ts';
import { type LockHold, openLockHold } from './hold-lock.ts';
import type { Session } from './session.ts';

export interface LockOptions {
	/** How long to wait for another run. Milliseconds. */
	readonly wait: number;
	/** Told once, when another run is found at work. */
	readonly onWait?: (holder: LockHolder) => void;
	readonly signal?: AbortSignal;
}

/** The session that holds the lock, as far as the role may see it. */
export interface LockHolder {
	readonly pid: number;
	readonly application: string;
	/** ISO 8601, UTC: since when that session has been connected. */
	readonly since: string;
}

/**
 * Does something while no other run works on the same ledger, and releases the lock afterwards.
 * The lock is tried and tried again, never waited for inside PostgreSQL: a session that waits in `pg_advisory_lock` keeps a
 * snapshot, and `CREATE INDEX CONCURRENTLY` in the run that holds the lock would wait for it in turn.
 * @param work gets the session back in a form that refuses to go on when the lock is lost
 * @throws CompanionError `LOCK_NOT_AVAILABLE`
 */
export async function withLock<Result>(
	session: Session,
	ledger: LedgerName,
	options: LockOptions,
	work: (locked: Session) => Promise<Result>,
): Promise<Result> {
	const key = lockKey(ledger);
	const hold = await openLockHold(session, key, options.wait);
	let isHeld = false;
	try {
		await acquire(session, key, { ...options, hold });
		isHeld = true;
		return await work(hold.session);
	} finally {
		await hold.release({ isHeld });
	}
}

/**
 * The advisory lock's key: the first eight bytes of SHA-256 of the ledger's name, as a signed number.
 * Old and new versions must exclude each other: never change the formula.
 */
export function lockKey({ schema, table }: LedgerName): bigint {
	return createHash('sha256').update(`drizzle-companion:${schema}.${table}`).digest().readBigInt64BE(0);
}

async function acquire(
	session: Session,
	key: bigint,
	{ wait, onWait, signal, hold }: LockOptions & { readonly hold: LockHold },
): Promise<void> {
	const deadline = performance.now() + wait;
	for (let attempt = 0; ; attempt += 1) {
		signal?.throwIfAborted();
		if (await hold.tryTake()) return;
		const holder = attempt === 0 ? await findHolder(session, key) : undefined;
		if (holder !== undefined) onWait?.(holder);
		if (performance.now() >= deadline) throw await lockNotAvailable(session, key, wait);
		await sleep(
			Math.min(randomInt(50, 150) * (1 + Math.min(attempt, 4)), Math.max(deadline - performance.now(), 1)),
			undefined,
			signal === undefined ? {} : { signal },
		);
	}
}

async function findHolder(session: Session, key: bigint): Promise<LockHolder | undefined> {
	const [high, low] = [BigInt.asUintN(32, key >> 32n), BigInt.asUintN(32, key)];
	const [[row] = []] = await session.run(
		`SELECT l.pid, coalesce(a.application_name, '') AS application, to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS since
		FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = ${high} AND l.objid = ${low}
		AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) LIMIT 1`,
	);
	return row === undefined
		? undefined
		: { pid: Number(row.pid), application: row.application ?? '', since: row.since ?? '' };
}

async function lockNotAvailable(session: Session, key: bigint, wait: number): Promise<CompanionError> {
	const holder = await findHolder(session, key);
	const who =
		holder === undefined
			? 'another session'
			: `${holder.application || 'a session'} (pid ${holder.pid}, connected since ${holder.since})`;
	return new CompanionError(
		'LOCK_NOT_AVAILABLE',
		`Another run is at work on ${session.label}: ${who} has held the lock for longer than ${wait / 1000} s.`,
		{
			hint: 'Run the command again when that run has ended, or wait longer with --lock-wait 10m.',
			details: { waitMilliseconds: wait, ...(holder === undefined ? {} : { holder }) },
		},
	);
}
