import { setTimeout as sleep } from 'node:timers/promises';
import { CompanionError } from '../../errors.ts';
import type { AdminSession } from './admin-session.ts';
import { nameRunPattern } from './scratch-names.ts';

/** Ends what runs in scratch databases when somebody asks to stop. */
export interface StopWatch {
	/** @throws CompanionError `INTERRUPTED` when it was asked for */
	refuseIfStopped(): void;
	/** Stops watching. Says whether anything was ended. */
	end(): Promise<boolean>;
}

/**
 * Ends every session in a run's scratch databases once the signal comes, again and again, since a pool opens new ones: nothing in them
 * is worth finishing.
 */
export function stopOnAbort(admin: AdminSession, runId: string, signal: AbortSignal | undefined): StopWatch {
	const ended = new AbortController();
	let stopping: Promise<void> | undefined;
	const stop = async () => {
		while (!ended.signal.aborted) {
			// Where the server is gone, nothing runs on it.
			await admin.run(endSessions, [nameRunPattern(runId)]).catch(() => {});
			await sleep(100, undefined, { signal: ended.signal }).catch(() => {});
		}
	};
	const begin = () => {
		stopping = stop();
	};
	if (signal?.aborted) begin();
	else signal?.addEventListener('abort', begin, { once: true });
	return {
		refuseIfStopped: () => {
			if (signal?.aborted) throw interrupted(signal);
		},
		end: async () => {
			signal?.removeEventListener('abort', begin);
			ended.abort();
			await stopping;
			return stopping !== undefined;
		},
	};
}

const endSessions =
	'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE $1 AND usename = current_user';

/** What was found in databases whose sessions were ended says nothing. */
export function interrupted(signal: AbortSignal | undefined): CompanionError {
	return new CompanionError(
		'INTERRUPTED',
		'Stopped on request: what ran in a scratch database was ended, and the scratch databases are dropped.',
		{ hint: 'Run the command again when you want its answer.', cause: signal?.reason },
	);
}
