import { setTimeout as sleep } from 'node:timers/promises';
import { CompanionError } from '../errors.ts';
import { isBehindPooler } from './pooler.ts';
import type { Session } from './session.ts';
import { watchClientStatement } from './session-settings.ts';

/** An advisory lock that may be taken, and is held until it is released. */
export interface LockHold {
	/** What to work with while the lock is held: it refuses to go on when the lock is lost. */
	readonly session: Session;
	/** Does not wait for the lock. @throws CompanionError `LOCK_NOT_AVAILABLE` when the pooler gives too few connections to hold it */
	tryTake(): Promise<boolean>;
	/** Gives up what it uses, and the lock where it is held. */
	release(hold: { readonly isHeld: boolean }): Promise<void>;
}

/**
 * Holds the lock with the session; behind a pooler with a transaction that stays open on a connection of its own, for there
 * a session's lock would stay with a server process that serves somebody else next. The two exclude each other.
 * @param wait how long the lock is waited for, in milliseconds: a pooler is given as long, up to ten seconds
 */
export async function openLockHold(session: Session, key: bigint, wait: number): Promise<LockHold> {
	return (await isBehindPooler(session))
		? await holdByTransaction(session, key, Math.min(Math.max(wait, 1_000), 10_000))
		: holdBySession(session, key);
}

function holdBySession(session: Session, key: bigint): LockHold {
	return {
		session: { ...session, isDirect: true },
		tryTake: async () => {
			const results = await session.run(
				`${watchClientStatement}; SELECT pg_try_advisory_lock(${key}) AS held`,
			);
			return results.at(-1)?.[0]?.held === 't';
		},
		// A lost session has lost its lock too; that error is reported by the work itself.
		release: async ({ isHeld }) => {
			if (isHeld) await session.run(`SELECT pg_advisory_unlock(${key})`).catch(() => {});
		},
	};
}

/** An idle READ COMMITTED transaction holds no snapshot: `CREATE INDEX CONCURRENTLY` does not wait for it. */
async function holdByTransaction(session: Session, key: bigint, patience: number): Promise<LockHold> {
	const pin = await session.openAnother();
	let isAnswering = true;
	// A pooler without a free server connection is silent, for two minutes by default.
	const insist = async <Result>(answer: Promise<Result>, of: 'pin' | 'session'): Promise<Result> => {
		answer.catch(() => {});
		const stop = new AbortController();
		const silence = sleep(patience, undefined, { signal: stop.signal }).then(() => {
			isAnswering = of !== 'pin';
			throw tooFewConnections(session, patience);
		});
		silence.catch(() => {});
		return await Promise.race([answer, silence]).finally(() => stop.abort());
	};
	return {
		session: refuseWithout(pin, session),
		tryTake: async () => {
			const results = await insist(
				pin.run(
					`BEGIN ISOLATION LEVEL READ COMMITTED; ${stayOpen}; SELECT pg_try_advisory_xact_lock(${key}) AS held`,
				),
				'pin',
			);
			const isHeld = results.at(-1)?.[0]?.held === 't';
			if (isHeld) await insist(session.run('SELECT'), 'session');
			else await pin.run('ROLLBACK');
			return isHeld;
		},
		release: async () => {
			if (isAnswering) await pin.run('ROLLBACK').catch(() => {});
			await pin.close();
		},
	};
}

/** The run may take as long as it takes; not every server knows all of these. */
const stayOpen = `SELECT set_config(name, '0', true) FROM pg_settings WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')`;

/** The session for as long as another one lives, whose end is the end of the lock. */
function refuseWithout(pin: Session, session: Session): Session {
	return {
		...session,
		run: async (sql) => {
			if (pin.isConnected()) return await session.run(sql);
			// What stands open is not to be committed by whoever has the connection next.
			await session.run('ROLLBACK').catch(() => {});
			throw lockLost(session);
		},
	};
}

function tooFewConnections({ label }: Session, patience: number): CompanionError {
	return new CompanionError(
		'LOCK_NOT_AVAILABLE',
		`The pooler at ${label} gave no second server connection within ${patience / 1_000} s: one holds the lock while another works.`,
		{
			hint: 'Connect to the server itself, past the pooler (--url or DATABASE_URL), or give the pool three connections or more (PgBouncer: default_pool_size), then run the command again.',
			details: { database: label, waitMilliseconds: patience },
		},
	);
}

function lockLost({ label }: Session): CompanionError {
	return new CompanionError(
		'LOCK_NOT_AVAILABLE',
		`The lock on ${label} was lost in the middle of the run: the connection that held it through the pooler ended.`,
		{
			hint: 'What was finished is recorded, and nothing was begun after it. Run the command again: it goes on from there.',
			details: { database: label },
		},
	);
}
