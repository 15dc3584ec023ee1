import { existsSync } from 'node:fs';
import type pg from 'pg';
import type { EmbeddedConnection } from './ensure-app-database.ts';
import type { Binaries } from './find-binaries.ts';
import { lockFolder, tryLockFolder } from './lock-folder.ts';
import type { Home } from './open-home.ts';
import { isServerOf, readPostmaster } from './read-postmaster.ts';
import { listUsers, type Registration } from './register-user.ts';
import type { Share } from './release-embedded-servers.ts';
import { signalStop, stopPostmaster } from './stop-postmaster.ts';

export interface ShareParts {
	readonly home: Home;
	readonly binaries: Binaries;
	readonly registration: Registration;
	/** The server that was joined. */
	readonly pid: number;
	readonly connection: EmbeddedConnection;
	/** In which it was seen to answer, where that is still open. */
	readonly session?: pg.Client;
}

/** A registered process's share of a server that is up. */
export function makeShare(parts: ShareParts): Share {
	const { host, port, user, password, database } = parts.connection;
	let ending: Promise<void> | undefined;
	let { session } = parts;
	const takeSession = () => {
		const taken = session;
		session = undefined;
		return taken;
	};
	return {
		connection: parts.connection,
		url: `postgresql://${user}:${password}@${host}:${port}/${database}`,
		takeSession,
		release: () => {
			ending ??= release(parts, takeSession());
			return ending;
		},
		releaseSync: () => {
			ending ??= Promise.resolve();
			releaseSync(parts);
		},
	};
}

async function release(
	{ home, binaries, registration, pid }: ShareParts,
	session: pg.Client | undefined,
): Promise<void> {
	await session?.end();
	registration.remove();
	if (existsSync(home.lock)) await lockFolder(home, () => stopIfUnused(home, binaries));
	// Somebody deleted the folder under the running server, and others may have made a new one: the old serves nobody.
	if (readPostmaster(home)?.pid !== pid && isServerOf(home, pid)) await stopPostmaster(home, binaries, pid);
}

/** Stops the server unless a living process uses it; call under the lock. */
export async function stopIfUnused(home: Home, binaries: Binaries): Promise<void> {
	const postmaster = readPostmaster(home);
	if (!postmaster?.isRunning || listUsers(home).length > 0) return;
	await stopPostmaster(home, binaries, postmaster.pid);
}

// While a process exits nothing can be awaited. Where the lock is taken, its holder or the next command stops the server.
function releaseSync({ home, binaries, registration }: ShareParts): void {
	registration.remove();
	const lock = existsSync(home.lock) ? tryLockFolder(home) : undefined;
	if (lock === undefined) return;
	const postmaster = readPostmaster(home);
	if (postmaster?.isRunning && listUsers(home).length === 0) signalStop(home, binaries, postmaster.pid);
	lock.release();
}
