import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, inject } from 'vitest';

/** A database on the run's own server. */
export interface TestDatabase {
	readonly name: string;
	/** As the superuser, password included. */
	readonly url: string;
	/** The rows of the last statement; values as `pg` parses them. */
	query<Row extends pg.QueryResultRow = pg.QueryResultRow>(sql: string): Promise<Row[]>;
	/** The same database for another role. */
	urlFor(user: string, password: string): string;
	/** Takes everything out of it, so that the next test finds it new. */
	empty(): Promise<void>;
}

/** One database for this test file: made before its first test, dropped after its last. */
export function useDatabase(): TestDatabase {
	const name = `companion_${process.pid}_${randomBytes(4).toString('hex')}_test`;
	const server = inject('serverUrl');
	const url = withDatabase(server, name);
	let client: pg.Client;
	beforeAll(async () => {
		await asAdministrator(server, `CREATE DATABASE ${name}`);
		client = new pg.Client({ connectionString: url });
		await client.connect();
	});
	afterAll(async () => {
		await client?.end();
		await asAdministrator(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
	});
	const query = async <Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> => {
		const result = (await client.query<Row>(sql)) as unknown as pg.QueryResult<Row> | pg.QueryResult<Row>[];
		return (Array.isArray(result) ? result.at(-1)?.rows : result.rows) ?? [];
	};
	return {
		name,
		url,
		query,
		urlFor: (user, password) => withRole(url, user, password),
		empty: () => dropSchemas(query),
	};
}

/** A role of the server, whose name no other test has. Dropped with what it owns by `dropRole`. */
export function nameRole(stem: string): string {
	return `${stem}_${process.pid}_${randomBytes(3).toString('hex')}`;
}

async function dropSchemas(query: TestDatabase['query']): Promise<void> {
	const schemas = await query<{ name: string }>(
		`SELECT quote_ident(nspname) AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`,
	);
	await query(
		`${schemas.map(({ name }) => `DROP SCHEMA ${name} CASCADE;`).join('\n')} CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC`,
	);
}

async function asAdministrator(server: string, sql: string): Promise<void> {
	const client = new pg.Client({ connectionString: server });
	await client.connect();
	try {
		await client.query(sql);
	} finally {
		await client.end();
	}
}

function withDatabase(server: string, name: string): string {
	const url = new URL(server);
	url.pathname = `/${name}`;
	return url.href;
}

function withRole(server: string, user: string, password: string): string {
	const url = new URL(server);
	url.username = user;
	url.password = encodeURIComponent(password);
	return url.href;
}
