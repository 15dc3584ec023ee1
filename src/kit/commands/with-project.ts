import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { openTarget, type Target } from '../database/open-target.ts';
import type { Session } from '../database/session.ts';
import { CompanionError } from '../errors.ts';
import type { ProjectOptions } from './project-options.ts';

/** A project with its database connected. */
export interface Project {
	readonly config: Config;
	readonly session: Session;
	/** Absent where the caller gave a client. */
	readonly target?: Target;
}

/**
 * Reads the configuration, connects, does the work and disconnects, whatever happens.
 * @param begin what needs no database, and goes on while the connection is made
 * @throws CompanionError `INTERRUPTED` when the signal came
 */
export async function withProject<Result, Begun = void>(
	options: ProjectOptions,
	work: (project: Project, begun: Promise<Begun>) => Promise<Result>,
	begin: (config: Config) => Promise<Begun> = async () => undefined as Begun,
): Promise<Result> {
	const config = await loadConfig(options);
	const begun = begin(config);
	begun.catch(() => undefined); // whoever asks for it gets it
	const { session, target, close } = await connect(config, options);
	const cancelling = cancelOnAbort(session, options.signal);
	try {
		options.onConnect?.(session.label);
		return await work({ config, session, ...(target === undefined ? {} : { target }) }, begun);
	} catch (error) {
		throw options.signal?.aborted ? interrupted(error) : await explain(error, session);
	} finally {
		await cancelling.end();
		await close();
	}
}

interface Connection {
	readonly session: Session;
	readonly target?: Target;
	close(): Promise<void>;
}

async function connect(config: Config, { client, onProgress }: ProjectOptions): Promise<Connection> {
	if (client === undefined) {
		const target = await openTarget(config, onProgress === undefined ? {} : { onProgress });
		return { session: target.session, target, close: () => target.close() };
	}
	const { borrowClient } = await import('./borrow-client.ts');
	const { session, release } = await borrowClient(client);
	return { session, close: release };
}

/** Cancels again and again until the work has ended: a signal may come between two statements, and the next begin before it is heard. */
function cancelOnAbort(session: Session, signal: AbortSignal | undefined): { end(): Promise<void> } {
	const ended = new AbortController();
	let cancelling: Promise<void> = Promise.resolve();
	const cancel = async () => {
		while (!ended.signal.aborted) {
			// Where no second connection is to be had, the running statement ends by itself.
			await session.cancel().catch(() => {});
			await sleep(100, undefined, { signal: ended.signal }).catch(() => {});
		}
	};
	const begin = () => {
		cancelling = cancel();
	};
	signal?.addEventListener('abort', begin, { once: true });
	return {
		end: async () => {
			signal?.removeEventListener('abort', begin);
			ended.abort();
			// One that is under way must not hit what the connection's owner does next.
			await cancelling;
		},
	};
}

async function explain(error: unknown, session: Session): Promise<unknown> {
	const { explainSqlFailure } = await import('./explain-sql-failure.ts');
	return explainSqlFailure(error, session);
}

function interrupted(cause: unknown): CompanionError {
	const details = cause instanceof CompanionError ? cause.details : {};
	return new CompanionError('INTERRUPTED', `Stopped on request: ${describeStop(details)}.`, {
		hint: 'See where the database stands with pnpm db:current; the same command goes on from there.',
		details,
		cause,
	});
}

function describeStop({ tag, keptStatements, finished }: CompanionError['details']): string {
	const before =
		Array.isArray(finished) && finished.length > 0 ? `; ${finished.join(', ')} finished before it` : '';
	if (typeof tag !== 'string')
		return finished === undefined
			? 'what was under way was cancelled'
			: `between two migrations${before.replace(' before it', '')}`;
	if (typeof keptStatements === 'number')
		return `the running statement of ${tag} was cancelled, and the ${keptStatements} before it are done${before}`;
	return `the running statement was cancelled and the transaction of ${tag} aborted${before}`;
}
