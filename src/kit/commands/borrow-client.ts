import { type BorrowedClient, borrowSession, type Session } from '../database/session.ts';
import { rememberSettings } from '../database/session-settings.ts';
import { unreachable } from '../database/unreachable.ts';
import { CompanionError } from '../errors.ts';
import type { ClientLike, ClientSource, PoolLike } from './project-options.ts';

/** A session on a connection that is somebody else's. */
export interface BorrowedSession {
	readonly session: Session;
	/** Gives the connection back, its settings as they were; it stays open. */
	release(): Promise<void>;
}

/**
 * Takes one connection out of a `pg.Pool`, uses a `pg.Client` as it is, or does either with the one below a drizzle database.
 * @throws CompanionError `CONFIG_INVALID` for any other client, and for one that is not connected; `DATABASE_UNREACHABLE`
 */
export async function borrowClient(source: ClientSource): Promise<BorrowedSession> {
	const client = '$client' in source ? source.$client : source;
	if (!isPool(client)) {
		const { session, restore } = await remember(openSession(client));
		return { session, release: async () => void (await restore()) };
	}
	const checkedOut = await checkOut(client);
	try {
		const { session, restore } = await remember(openSession(checkedOut));
		return { session, release: async () => checkedOut.release(!(await restore())) };
	} catch (error) {
		checkedOut.release(true);
		throw error;
	}
}

/** Migrations set things, and so may the client's owner have done: `restore` puts those back, and says whether it could. */
async function remember(session: Session) {
	const restoreStatements = await rememberSettings(session);
	const restore = async (): Promise<boolean> => {
		try {
			await session.run(restoreStatements.join(';\n'));
			return true;
		} catch {
			return false; // the connection is lost, and its settings with it
		}
	};
	return { session: { ...session, restoreStatements }, restore };
}

function isPool(client: ClientLike | PoolLike): client is PoolLike {
	return typeof client === 'object' && client !== null && 'totalCount' in client;
}

async function checkOut(pool: PoolLike): ReturnType<PoolLike['connect']> {
	try {
		return await pool.connect();
	} catch (error) {
		throw unreachable(labelPool(pool), error);
	}
}

function labelPool(pool: PoolLike): string {
	const { host, port, user, database } = (pool as { options?: Record<string, unknown> }).options ?? {};
	if (host === undefined) return 'The database of the given pool';
	return `${user ?? ''}@${host}:${port ?? 5432}/${database ?? ''}`;
}

/** What `pg` keeps about a client; its native twin, which has no `connection`, is another program. */
interface Innards {
	readonly connection?: unknown;
	readonly processID?: number | null;
	readonly _connected?: boolean;
}

function openSession(client: ClientLike): Session {
	const { connection, processID, _connected } = (client ?? {}) as Innards;
	if (connection === undefined || processID === undefined)
		throw refuse(
			'The given client is not one of the pg package.',
			'Pass a pg.Pool, a connected pg.Client, or a drizzle database made with drizzle-orm/node-postgres; with another driver, pass a URL instead.',
		);
	if (_connected === false)
		throw refuse(
			'The given pg.Client is not connected.',
			'Call `await client.connect()` first, or pass a pg.Pool.',
		);
	return borrowSession(client as unknown as BorrowedClient);
}

function refuse(message: string, hint: string): CompanionError {
	return new CompanionError('CONFIG_INVALID', message, { hint });
}
