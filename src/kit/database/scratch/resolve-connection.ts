import pg from 'pg';

/** A connection in parts, so that another database of the same server can be named. */
export type ResolvedConnection = Omit<pg.ClientConfig, 'connectionString'> & {
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly database: string;
};

/** Takes a connection apart as `pg` does: URL, parts, `PG…` environment variables and defaults. */
export function resolveConnection(connection: pg.ClientConfig): ResolvedConnection {
	const { connectionString, ...given } = connection;
	const { connectionParameters: parts } = new pg.Client(connection) as unknown as {
		connectionParameters: Parts;
	};
	const named = Object.fromEntries(
		optionalParts.map((name) => [name, parts[name]] as const).filter(([, value]) => value !== undefined),
	);
	return {
		...given,
		...named,
		...pickAddress(parts),
		password: parts.password as string,
		ssl: parts.ssl as boolean,
	};
}

/** `app@db.example.com:5432/shop`, without the password. */
export function labelConnection({ user, host, port, database }: ResolvedConnection): string {
	return `${user}@${host}:${port}/${database}`;
}

type Parts = Readonly<Record<string, unknown>> & {
	readonly host: string;
	readonly port: number;
	readonly user: string;
	readonly database: string;
};

const optionalParts = ['options', 'client_encoding', 'application_name', 'sslnegotiation'] as const;

function pickAddress({ host, port, user, database }: Parts) {
	return { host, port, user, database };
}
