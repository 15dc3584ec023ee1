import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedServer } from '../../src/kit/database/embedded/start-embedded-server.ts';

/** A database to be tortured, asked over connections of its own that outlive nothing. */
export interface Database {
	readonly url: string;
	query(sql: string): Promise<readonly Record<string, unknown>[]>;
}

/** An embedded server of a scenario's own. */
export interface TortureServer {
	readonly url: string;
	/** Makes a new database. */
	makeDatabase(): Promise<Database>;
	/** A database again, after the server has come up again. */
	reopen(database: Database): Database;
	/** Ends the server as a crash would, and starts it again. */
	crash(): Promise<void>;
	stop(): Promise<void>;
}

/** The caller stops it. */
export async function startTortureServer(folder: string): Promise<TortureServer> {
	const data = join(folder, 'postgres');
	let server = await startEmbeddedServer({ folder: data });
	let made = 0;
	return {
		get url() {
			return server.url;
		},
		makeDatabase: async () => {
			made += 1;
			const name = `torture_${made}_test`;
			await openDatabase(server.url).query(`CREATE DATABASE ${name}`);
			return openDatabase(withName(server.url, name));
		},
		reopen: (database) => openDatabase(withName(server.url, new URL(database.url).pathname.slice(1))),
		crash: async () => {
			const [pid] = readFileSync(join(data, 'data/postmaster.pid'), 'utf8').split('\n');
			process.kill(Number(pid), 'SIGQUIT');
			await awaitEnd(Number(pid));
			await server.release().catch(() => {});
			server = await startEmbeddedServer({ folder: data });
		},
		stop: () => server.release(),
	};
}

function withName(url: string, name: string): string {
	const named = new URL(url);
	named.pathname = `/${name}`;
	return named.href;
}

export function openDatabase(url: string): Database {
	return {
		url,
		query: async (sql) => {
			const client = new pg.Client({ connectionString: url, application_name: 'torture' });
			client.on('error', () => {});
			await client.connect();
			try {
				return (await client.query(sql)).rows;
			} finally {
				await client.end();
			}
		},
	};
}

async function awaitEnd(pid: number): Promise<void> {
	for (;;) {
		try {
			process.kill(pid, 0);
		} catch {
			return;
		}
		await sleep(20);
	}
}

/** Waits until no session of the companion is left in the database. */
export async function awaitQuiet(database: Database): Promise<void> {
	for (let tries = 0; tries < 300; tries += 1) {
		const [row] = await database.query(
			`SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'drizzle-companion'`,
		);
		if (Number(row?.number) === 0) return;
		await sleep(100);
	}
	throw new Error('sessions of a killed run are still there after half a minute');
}
