import type pg from 'pg';
import type { ConnectionSettings } from '../config/config.ts';
import { CompanionError } from '../errors.ts';
import { cancelStatement } from './cancel-statement.ts';
import { loadPg } from './load-pg.ts';
import { SqlFailure } from './sql-failure.ts';

/** A row as the simple protocol gives it: text or null, columns by name. */
export type Row = Readonly<Record<string, string | null>>;

/** One connection to PostgreSQL, used by one command from beginning to end. */
export interface Session {
	/** `app@db.example.com:5432/shop`; never holds a password. */
	readonly label: string;
	/** The host, as the client was told it. */
	readonly host: string;
	readonly database: string;
	/** How others connect to the same database as the same role. Holds the password: never print it. */
	readonly connection: pg.ClientConfig;
	/** The server's process for this session; a number of the pooler's own where one stands between. */
	readonly pid: number;
	/** The connection is somebody else's, who goes on with it. */
	readonly isBorrowed: boolean;
	/** True where it was seen to be one connection of the server's from beginning to end: no pooler stands between. */
	readonly isDirect?: boolean;
	/** Brings the session back to how the command found it, whatever a migration SET. */
	readonly restoreStatements: readonly string[];
	/**
	 * Runs one or more statements in one round trip, values as text.
	 * @returns the rows of each statement, in order
	 * @throws SqlFailure
	 */
	run(sql: string): Promise<readonly (readonly Row[])[]>;
	/** Ends the running statement from outside, through a second connection. Harmless when none runs. */
	cancel(): Promise<void>;
	/** Another connection to the same database as the same role. The caller closes it. @throws CompanionError `DATABASE_UNREACHABLE` */
	openAnother(): Promise<Session>;
	/** False once the connection has ended, by whoever's hand. */
	isConnected(): boolean;
	close(): Promise<void>;
}

/** A client that is connected and stays its owner's; a checked-out pool client is one too. */
export type BorrowedClient = pg.Client | pg.PoolClient;

/**
 * Connects. The caller closes.
 * @throws CompanionError `DATABASE_UNREACHABLE`
 */
export async function openSession(settings: ConnectionSettings): Promise<Session> {
	return await connect(clientConfig(settings));
}

async function connect(config: pg.ClientConfig): Promise<Session> {
	const client = await makeClient(config);
	// A connection that ends between two queries is reported by the next query; unheard, it would end the process.
	client.on('error', () => {});
	try {
		await client.connect();
	} catch (error) {
		const { unreachable } = await import('./unreachable.ts');
		throw unreachable(labelOf(client), error);
	}
	return makeSession(client, { config, close: () => client.end() });
}

/** pg takes the URL apart here, and reads the certificates that it names. */
async function makeClient(config: pg.ClientConfig): Promise<pg.Client> {
	const { Client } = await loadPg();
	try {
		return new Client(config);
	} catch (error) {
		const isFile = (error as NodeJS.ErrnoException).code !== undefined && 'path' in (error as object);
		throw new CompanionError(
			'CONFIG_INVALID',
			isFile
				? `A file that the database URL names cannot be read: ${(error as Error).message}.`
				: 'The database URL cannot be taken apart.',
			{
				hint: 'It looks like postgres://user:password@host:5432/database, with special characters of the password percent-encoded.',
				cause: error,
			},
		);
	}
}

/** A session on a client that somebody else opened; closing it leaves the client open. */
export function borrowSession(client: BorrowedClient): Session {
	return makeSession(client as pg.Client, { config: undefined, close: async () => {} });
}

/** What `pg` needs for the settings. The time to connect is bounded, so that a dropped packet is no hang. */
export function clientConfig(settings: ConnectionSettings): pg.ClientConfig {
	const common = { application_name: 'drizzle-companion', connectionTimeoutMillis: 15_000, keepAlive: true };
	return 'url' in settings
		? { ...common, connectionString: settings.url }
		: ({ ...settings, ...common } as pg.ClientConfig);
}

interface Ownership {
	readonly config: pg.ClientConfig | undefined;
	close(): Promise<void>;
}

function makeSession(client: pg.Client, { config, close }: Ownership): Session {
	const { processID } = client as unknown as { processID: number | null };
	const connection = config ?? configOf(client);
	return {
		label: labelOf(client),
		host: client.host ?? 'localhost',
		database: client.database ?? '',
		connection,
		pid: processID ?? 0,
		isBorrowed: config === undefined,
		restoreStatements: resetStatements,
		run: (sql) => query(client, sql),
		cancel: () => cancelStatement(client, connection),
		openAnother: () => connect(connection),
		isConnected: () => (client as unknown as { _queryable: boolean })._queryable,
		close,
	};
}

type RawConnection = {
	on(event: 'commandComplete', listener: (message: CommandComplete) => void): void;
	off(event: 'commandComplete', listener: (message: CommandComplete) => void): void;
};

/** Its text is the command's tag: `COMMIT`, `INSERT 0 1`. */
type CommandComplete = { readonly text: string };

async function query(client: pg.Client, sql: string): Promise<readonly (readonly Row[])[]> {
	const { connection } = client as unknown as { connection: RawConnection };
	let completed = 0;
	const commits: number[] = [];
	const count = ({ text }: CommandComplete) => {
		completed += 1;
		if (text === 'COMMIT') commits.push(completed);
	};
	connection.on('commandComplete', count);
	try {
		const result = (await client.query({ text: sql, types: rawTypes } as pg.QueryConfig)) as unknown as
			| pg.QueryResult<Row>
			| pg.QueryResult<Row>[];
		return (Array.isArray(result) ? result : [result]).map(({ rows }) => rows);
	} catch (error) {
		throw SqlFailure.from(error, { sql, completed, commits });
	} finally {
		connection.off('commandComplete', count);
	}
}

/** Puts back everything that was SET since the connection was made: the role, and every setting. */
export const resetStatements: readonly string[] = ['RESET SESSION AUTHORIZATION', 'RESET ROLE', 'RESET ALL'];

const rawTypes = { getTypeParser: () => (value: string) => value };

/** A borrowed client knows what it was made with. */
function configOf(client: pg.Client): pg.ClientConfig {
	const { user, host, port, database, password, ssl } = client as pg.Client & Pick<pg.ClientConfig, 'ssl'>;
	return {
		...clientConfig({ host, database: database ?? '' }),
		user,
		port,
		password,
		...(ssl === undefined ? {} : { ssl }),
	} as pg.ClientConfig;
}

function labelOf(client: pg.Client): string {
	return `${client.user ?? ''}@${client.host}:${client.port}/${client.database ?? ''}`;
}
