import pg from 'pg';
import { unreachable } from '../unreachable.ts';
import { labelConnection, type ResolvedConnection } from './resolve-connection.ts';

/** The session that makes and drops databases, and by whose name other runs see that this one is alive. */
export interface AdminSession {
	/** One statement after the other, in the order of the calls. Opens a new session when the last one was lost. */
	run(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
	close(): Promise<void>;
}

/**
 * Opens it. The caller closes.
 * @param given a session to use, where there is one already
 * @throws CompanionError `DATABASE_UNREACHABLE`, here and by `run` after a lost session.
 */
export async function openAdminSession(
	connection: ResolvedConnection,
	name: string,
	given?: pg.Client,
): Promise<AdminSession> {
	let current =
		given === undefined ? await connect(connection, name) : await useGiven(connection, name, given);
	let last: Promise<unknown> = Promise.resolve();

	const run = async (text: string, values?: readonly unknown[]): Promise<pg.QueryResult> => {
		if (current.isLost()) current = await connect(connection, name);
		return current.client.query(text, values === undefined ? undefined : [...values]);
	};
	return {
		run: (text, values) => {
			const result = last.then(() => run(text, values));
			last = result.catch(() => {});
			return result;
		},
		close: async () => {
			await last;
			if (!current.isLost()) await current.client.end();
		},
	};
}

interface Connected {
	readonly client: pg.Client;
	isLost(): boolean;
}

async function useGiven(connection: ResolvedConnection, name: string, client: pg.Client): Promise<Connected> {
	return await prepare(client, connection, () =>
		client.query(`SET application_name = ${client.escapeLiteral(name)}`),
	);
}

async function connect(connection: ResolvedConnection, name: string): Promise<Connected> {
	const client = new pg.Client({
		connectionTimeoutMillis: 15_000,
		keepAlive: true,
		...connection,
		application_name: name,
	});
	return await prepare(client, connection, () => client.connect());
}

async function prepare(
	client: pg.Client,
	connection: ResolvedConnection,
	begin: () => Promise<unknown>,
): Promise<Connected> {
	let lost = false;
	const notice = () => {
		lost = true;
	};
	client.on('error', notice);
	client.on('end', notice);
	try {
		await begin();
		// A role's or database's limits are meant for queries, not for copying a database.
		await client.query('SET statement_timeout = 0; SET lock_timeout = 0; SET idle_session_timeout = 0');
	} catch (error) {
		throw unreachable(labelConnection(connection), error);
	}
	return { client, isLost: () => lost };
}
