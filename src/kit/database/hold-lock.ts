import { isBehindPooler } from './pooler.ts';
import type { Session } from './session.ts';
import { watchClientStatement } from './session-settings.ts';

/** An advisory lock that may be taken, and is held until it is released. */
export interface LockHold {
	/** Does not wait. */
	tryTake(): Promise<boolean>;
	/** Gives up what it uses, and the lock where it is held. */
	release(hold: { readonly isHeld: boolean }): Promise<void>;
}

/**
 * Holds the lock with the session; behind a pooler with a transaction that stays open on a connection of its own, for there
 * a session's lock would stay with a server process that serves somebody else next. The two exclude each other.
 */
export async function openLockHold(session: Session, key: bigint): Promise<LockHold> {
	return (await isBehindPooler(session))
		? await holdByTransaction(session, key)
		: holdBySession(session, key);
}

function holdBySession(session: Session, key: bigint): LockHold {
	return {
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
async function holdByTransaction(session: Session, key: bigint): Promise<LockHold> {
	const pin = await session.openAnother();
	return {
		tryTake: async () => {
			const results = await pin.run(
				`BEGIN ISOLATION LEVEL READ COMMITTED; ${stayOpen}; SELECT pg_try_advisory_xact_lock(${key}) AS held`,
			);
			const isHeld = results.at(-1)?.[0]?.held === 't';
			if (!isHeld) await pin.run('ROLLBACK');
			return isHeld;
		},
		release: async () => {
			await pin.run('ROLLBACK').catch(() => {});
			await pin.close();
		},
	};
}

/** The run may take as long as it takes; not every server knows all of these. */
const stayOpen = `SELECT set_config(name, '0', true) FROM pg_settings WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')`;
