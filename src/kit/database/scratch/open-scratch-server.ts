import type pg from 'pg';
import { CompanionError } from '../../errors.ts';
import type { OnProgress } from '../../progress.ts';
import type { EmbeddedServer } from '../embedded/start-embedded-server.ts';
import { type AdminSession, openAdminSession } from './admin-session.ts';
import {
	borrowCachedDatabase,
	cacheDatabase,
	copyCachedDatabase,
	copyIfCached,
	isCached,
	takeCached,
} from './copy-cached-database.ts';
import { labelConnection, type ResolvedConnection, resolveConnection } from './resolve-connection.ts';
import { makeRunId, nameRunSession } from './scratch-names.ts';
import { type ScratchRun, startScratchRun } from './scratch-run.ts';
import { interrupted, type StopWatch, stopOnAbort } from './stop-on-abort.ts';
import { sweepScratchDatabases } from './sweep-scratch-databases.ts';

/** Where scratch databases are made: on the embedded server of a folder, or on any server from PostgreSQL 14 on. */
export type ScratchLocation =
	| { readonly kind: 'embedded'; readonly folder: string }
	| { readonly kind: 'server'; readonly connection: pg.ClientConfig };

/** A server on which scratch databases can be made. */
export interface ScratchServer {
	/** `18.4` */
	readonly serverVersion: string;
	/** An empty database from `template0`, named `companion_scratch_<run>_<number>`. */
	create(): Promise<ScratchDatabase>;
	/**
	 * A copy of the cached database for this key, built once by `build` in an empty one; the newest few are kept. Everything
	 * that decides what `build` makes belongs in the key. The copy is an ordinary scratch database. Where `bases` names the keys
	 * of other cached databases, `build` starts from a copy of the first that exists and is told which.
	 */
	copyOfCached(
		key: string,
		build: (database: ScratchDatabase, base: string | undefined) => Promise<void>,
		options?: { readonly bases?: readonly string[] },
	): Promise<ScratchDatabase>;
	/**
	 * The same without a copy: the cached database itself, which is cached no more until `cache` makes it so again. Copying thousands of
	 * tables takes seconds.
	 */
	borrowCached(
		key: string,
		build: (database: ScratchDatabase, base: string | undefined) => Promise<void>,
		options?: { readonly bases?: readonly string[] },
	): Promise<ScratchDatabase>;
	/** A copy of the cached database for this key, where there is one. */
	copyIfCached(key: string): Promise<ScratchDatabase | undefined>;
	/** Whether there is a cached database for this key. */
	isCached(key: string): Promise<boolean>;
	/** The cached database for this key itself, where there is one: it is cached no more. */
	takeCached(key: string): Promise<ScratchDatabase | undefined>;
	/** Makes a scratch database the cached one for this key, and nobody may use it any more; false when there is one already. */
	cache(key: string, database: ScratchDatabase): Promise<boolean>;
	/**
	 * Drops what was made here and still stands, cached databases apart, and leaves the server. Idempotent.
	 * @throws CompanionError `INTERRUPTED` when the signal came while there was work, whatever became of that; `DATABASE_UNREACHABLE`
	 * when a session was lost while it worked
	 */
	close(): Promise<void>;
	/** To be asked before anything is made of what was found here. @throws CompanionError as `close` does */
	refuseIfDisturbed(): void;
}

/** A session in a scratch database, to be released. */
export type ScratchSession = pg.PoolClient;

/** A throw-away database. */
export interface ScratchDatabase {
	readonly name: string;
	readonly connection: pg.ClientConfig;
	/** A pool of at most two sessions, opened on first use; after `disconnect` a new one. Do not end it. */
	pool(): pg.Pool;
	/** Runs one statement with values, or any number of statements without: then the last one's result. */
	query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
	/** As the server's. */
	refuseIfDisturbed(): void;
	/** A copy. Ends the sessions opened here first; sessions of others delay and finally prevent it. */
	copy(): Promise<ScratchDatabase>;
	/** Ends the sessions opened here, so that others may copy or drop. A later query opens a new one. */
	disconnect(): Promise<void>;
	/** Drops it whoever is connected. Idempotent. */
	drop(): Promise<void>;
}

export interface ScratchOptions {
	readonly onProgress?: OnProgress | undefined;
	/** Ends what runs in the scratch databases, and refuses to make more. */
	readonly signal?: AbortSignal | undefined;
	/** Called when the server is starting and there is only waiting to do; not where it is up. */
	readonly whileStarting?: () => void;
}

/**
 * Opens a server for scratch databases, first dropping those that killed runs left on it. The caller closes.
 * @throws CompanionError `DATABASE_UNREACHABLE` when it cannot be reached, is too old, or the role may not create databases; `INTERRUPTED`
 */
export async function openScratchServer(
	location: ScratchLocation,
	options: ScratchOptions = {},
): Promise<ScratchServer> {
	const embedded = location.kind === 'embedded' ? await startEmbedded(location.folder, options) : undefined;
	try {
		const given =
			location.kind === 'embedded' ? { ...embedded?.connection, database: 'postgres' } : location.connection;
		return await openServer(resolveConnection(given), embedded, options);
	} catch (error) {
		await embedded?.release();
		throw error;
	}
}

async function startEmbedded(
	folder: string,
	{ onProgress, whileStarting }: ScratchOptions,
): Promise<EmbeddedServer> {
	const { startEmbeddedServer } = await import('../embedded/start-embedded-server.ts');
	return startEmbeddedServer({
		folder,
		isThrowaway: true,
		...(onProgress === undefined ? {} : { onProgress }),
		...(whileStarting === undefined ? {} : { whileStarting }),
	});
}

async function openServer(
	connection: ResolvedConnection,
	embedded: EmbeddedServer | undefined,
	{ onProgress, signal }: ScratchOptions,
): Promise<ScratchServer> {
	const runId = makeRunId();
	const admin = await openAdminSession(connection, nameRunSession(runId), embedded?.takeSession());
	const watch = stopOnAbort(admin, runId, signal);
	try {
		watch.refuseIfStopped();
		const { serverVersion, role } = await inspectServer(admin, connection);
		await sweepScratchDatabases(admin, onProgress);
		const run = startScratchRun(runId, admin, connection, watch);
		let ending: Promise<void> | undefined;
		return {
			serverVersion,
			create: () => run.create('template0', { isClosed: true }),
			refuseIfDisturbed: () => run.refuseIfDisturbed(),
			copyOfCached: (key, build, bases = {}) => copyCachedDatabase(run, { key, role, build, ...bases }),
			borrowCached: (key, build, bases = {}) => borrowCachedDatabase(run, { key, role, build, ...bases }),
			copyIfCached: (key) => copyIfCached(run, { key, role }),
			isCached: (key) => isCached(run, { key, role }),
			takeCached: (key) => takeCached(run, { key, role }),
			cache: (key, database) => cacheDatabase(run, database, { key, role }),
			close: () => {
				ending ??= closeServer(run, embedded, { watch, signal });
				return ending;
			},
		};
	} catch (error) {
		await watch.end();
		await admin.close();
		throw error;
	}
}

async function inspectServer(admin: AdminSession, connection: ResolvedConnection) {
	const { rows } = await admin.run(`SELECT current_setting('server_version') AS version,
		current_setting('server_version_num')::int AS number, rolname AS role, rolcreatedb OR rolsuper AS may_create
		FROM pg_roles WHERE rolname = current_user`);
	const {
		version,
		number,
		role,
		may_create: mayCreate,
	} = rows[0] as { version: string; number: number; role: string; may_create: boolean };
	if (number < 140_000)
		throw refuse(
			connection,
			`is PostgreSQL ${version}`,
			'Scratch databases need PostgreSQL 14 or later: set SHADOW_DATABASE_URL to such a server.',
		);
	if (!mayCreate) {
		throw refuse(
			connection,
			`does not let the role ${role} create databases`,
			`As a superuser: ALTER ROLE ${role} CREATEDB. Or set SHADOW_DATABASE_URL to a server where its role may; without it, the embedded PostgreSQL is used.`,
		);
	}
	return { serverVersion: version.split(' ')[0] ?? version, role };
}

function refuse(connection: ResolvedConnection, what: string, hint: string): CompanionError {
	const label = labelConnection(connection);
	return new CompanionError('DATABASE_UNREACHABLE', `The server for scratch databases, ${label}, ${what}.`, {
		hint,
		details: { database: label },
	});
}

interface Stopping {
	readonly watch: StopWatch;
	readonly signal: AbortSignal | undefined;
}

async function closeServer(
	run: ScratchRun,
	embedded: EmbeddedServer | undefined,
	{ watch, signal }: Stopping,
): Promise<void> {
	const isStopped = await watch.end();
	try {
		await dropStanding(run);
	} finally {
		await run.admin.close();
		await embedded?.release();
	}
	if (isStopped) throw interrupted(signal);
	run.refuseIfDisturbed();
}

async function dropStanding(run: ScratchRun): Promise<void> {
	const failures: unknown[] = [];
	for (const database of run.standing()) await database.drop().catch((error) => failures.push(error));
	// When the server is gone the next run drops them; an error here would only hide the one that tells why it is gone.
	const failure = failures.find((error) => !(error instanceof CompanionError));
	if (failure !== undefined && run.standing().length > 0) throw failure;
}
