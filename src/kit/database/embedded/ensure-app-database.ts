import pg from 'pg';
import { CompanionError } from '../../errors.ts';
import type { Home } from './open-home.ts';

/** What a session needs to reach the embedded server. */
export interface EmbeddedConnection {
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly password: string;
	readonly database: string;
	readonly ssl: false;
}

/**
 * Proves that the server which answers is the one of this home, and makes its database where it is missing.
 * @returns a session in it, which the caller ends; undefined when the server did not answer this time: it is ending, or was killed
 * @throws CompanionError `DATABASE_UNREACHABLE` when it answers and refuses.
 */
export async function ensureAppDatabase(
	home: Home,
	connection: EmbeddedConnection,
): Promise<pg.Client | undefined> {
	try {
		return await connect(connection);
	} catch (error) {
		const { code } = error as { code?: string };
		if (code === '3D000') return createDatabase(home, connection);
		if (isAnswer(code)) throw describeRefusal(home, connection, error as Error, code);
		return undefined;
	}
}

/** Whether the code is a SQLSTATE of a server that is up; without one the connection itself failed. */
function isAnswer(code: string | undefined): boolean {
	return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code) && !code.startsWith('E');
}

async function createDatabase(home: Home, connection: EmbeddedConnection): Promise<pg.Client | undefined> {
	await visit({ ...connection, database: 'postgres' }, async (client) => {
		await client.query(`CREATE DATABASE ${client.escapeIdentifier(connection.database)}`);
	}).catch((error) => {
		// duplicate_database: a client of ours that is no command was quicker.
		if ((error as { code?: string }).code !== '42P04')
			throw describeRefusal(home, connection, error, error.code);
	});
	return ensureAppDatabase(home, connection);
}

async function visit(
	connection: EmbeddedConnection,
	work: (client: pg.Client) => Promise<void>,
): Promise<void> {
	const client = await connect(connection);
	try {
		await work(client);
	} finally {
		await client.end();
	}
}

async function connect(connection: EmbeddedConnection): Promise<pg.Client> {
	const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000, keepAlive: true });
	// A connection that the server ends while it is idle is reported here and would otherwise end the process.
	client.on('error', () => {});
	await client.connect();
	return client;
}

function describeRefusal(
	home: Home,
	connection: EmbeddedConnection,
	cause: Error,
	code: string | undefined,
): CompanionError {
	const where = `${connection.host}:${connection.port}`;
	return new CompanionError(
		'DATABASE_UNREACHABLE',
		`The embedded PostgreSQL at ${where} refuses the companion: ${cause.message}`,
		{
			hint:
				code === '28P01'
					? `The password of the role postgres is no longer the one in ${home.password}: write the right one there.`
					: `Its log is ${home.log}.`,
			details: { folder: home.folder, sqlState: code },
			cause,
		},
	);
}
