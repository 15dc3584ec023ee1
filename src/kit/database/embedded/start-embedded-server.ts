import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { CompanionError } from '../../errors.ts';
import type { OnProgress } from '../../progress.ts';
import { serverHost } from './choose-port.ts';
import { createClusterIfAbsent } from './create-cluster.ts';
import { type EmbeddedConnection, ensureAppDatabase } from './ensure-app-database.ts';
import { type Binaries, findBinaries } from './find-binaries.ts';
import { lockFolder } from './lock-folder.ts';
import { makeShare, stopIfUnused } from './make-share.ts';
import { type Home, openHome, readIfPresent } from './open-home.ts';
import { listUsersElsewhere, registerUser } from './register-user.ts';
import { rememberShare, type Share } from './release-embedded-servers.ts';
import { stageBinaries } from './stage-binaries.ts';
import { type StartOptions, startPostmaster } from './start-postmaster.ts';
import { waitForUsersElsewhere } from './wait-for-users-elsewhere.ts';

const patienceMilliseconds = 30_000;

export interface EmbeddedOptions {
	/** Where the cluster lives, absolute: `<root>/.data/postgres`. Made when absent. */
	readonly folder: string;
	/** The cluster holds nothing that cannot be made again: it writes without waiting for the disk, and is made anew after the machine was restarted. */
	readonly isThrowaway?: boolean;
	readonly onProgress?: OnProgress;
	/** Called when the server is starting and there is only waiting to do; not where it is up. */
	readonly whileStarting?: () => void;
}

/** A process's share of a running embedded server. */
export interface EmbeddedServer {
	/** For `pg.Client`; database `app`, or `postgres` of a throw-away cluster, user `postgres`, host `127.0.0.1`. */
	readonly connection: EmbeddedConnection;
	/** The same as a URL, password included. */
	readonly url: string;
	/** The session in which a throw-away server was seen to answer, for whoever asks first and ends it. */
	takeSession(): pg.Client | undefined;
	/** Gives this share up; the server stops when nobody else has one. Idempotent. */
	release(): Promise<void>;
}

/**
 * The embedded PostgreSQL of a folder: created on first use, started unless it is up, joined when another process has it
 * up. The caller releases it.
 * @throws CompanionError `CONFIG_INVALID` when its programs are not installed, `DATABASE_UNREACHABLE` when it cannot be
 * created or started, `LOCK_NOT_AVAILABLE` when another command keeps the folder locked.
 */
export async function startEmbeddedServer(options: EmbeddedOptions): Promise<EmbeddedServer> {
	const found = findBinaries();
	const home = openHome(options.folder, { isThrowaway: options.isThrowaway ?? false });
	return rememberShare(obtainShare(home, found, options));
}

async function obtainShare(home: Home, found: Binaries, options: StartOptions): Promise<Share> {
	const { onProgress } = options;
	for (;;) {
		await waitForUsersElsewhere(home, onProgress);
		const share = await lockFolder(home, () => joinServer(home, found, options), onProgress);
		if (share !== undefined) return share;
	}
}

/** Undefined when a command elsewhere was quicker to take the lock. */
async function joinServer(home: Home, found: Binaries, options: StartOptions): Promise<Share | undefined> {
	const { onProgress } = options;
	if (listUsersElsewhere(home).length > 0) return undefined;
	const binaries = stageBinaries(found, { account: home.account, onProgress });
	const registration = registerUser(home);
	try {
		await createClusterIfAbsent(home, binaries, onProgress);
		return makeShare({ home, binaries, registration, ...(await reachServer(home, binaries, options)) });
	} catch (error) {
		registration.remove();
		await stopIfUnused(home, binaries);
		throw error;
	}
}

/** Starts the server, once more when the one that was up turns out to be ending or killed. */
async function reachServer(home: Home, binaries: Binaries, options: StartOptions) {
	const deadline = performance.now() + patienceMilliseconds;
	while (performance.now() < deadline) {
		const { pid, port } = await startPostmaster(home, binaries, options);
		const connection = describeConnection(home, port);
		const session = await ensureAppDatabase(home, connection);
		if (session !== undefined && home.isThrowaway) return { pid, connection, session };
		await session?.end();
		if (session !== undefined) return { pid, connection };
		await sleep(20);
	}
	throw new CompanionError(
		'DATABASE_UNREACHABLE',
		`The embedded PostgreSQL in ${home.folder} runs but does not answer.`,
		{
			hint: `Its log is ${home.log}.`,
			details: { folder: home.folder },
		},
	);
}

function describeConnection(home: Home, port: number): EmbeddedConnection {
	const password = readIfPresent(home.password)?.trim();
	// Encryption is off whatever PGSSLMODE says: the server has none.
	// Only where somebody's data is does it need a database of its own.
	const database = home.isThrowaway ? 'postgres' : 'app';
	if (password) return { host: serverHost, port, user: 'postgres', password, database, ssl: false };
	throw new CompanionError(
		'DATABASE_UNREACHABLE',
		`${home.password}, the password of the embedded PostgreSQL, is missing.`,
		{
			hint: `Put it back, or move ${home.folder} away: the next command then makes a new, empty database.`,
			details: { folder: home.folder },
		},
	);
}
