import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbeddedServer } from '../../src/kit/database/embedded/start-embedded-server.ts';

/** A server to measure on, with databases of its own on it. */
export interface BenchServer {
	/** The URL of a database, which need not be there yet. */
	urlOf(database: string): string;
	/** Drops the database where it is there, and makes it anew; as a copy of another, or empty. */
	renew(database: string, template?: string): Promise<void>;
	/** Runs SQL in a database. */
	run(database: string, sql: string): Promise<void>;
	/**
	 * Takes away a database of this name, where it is there, without dropping it: for a minute after thousands of files were deleted, ext4
	 * searches for one that was not whenever it makes a file, and what is measured next would wait for that.
	 */
	setAside(database: string): Promise<void>;
	/** The same with those that commands keep for the next of them. */
	setCachedAside(): Promise<void>;
	/** Drops every database that was made here. */
	close(): Promise<void>;
}

/** @param url of a server whose role may create databases; without one an embedded server is started, as it comes */
export async function openBenchServer(url: string | undefined): Promise<BenchServer> {
	if (url !== undefined) return await openServer(url, async () => {});
	const folder = mkdtempSync(join(tmpdir(), 'companion-bench-server-'));
	const server = await startEmbeddedServer({ folder: join(folder, 'postgres') });
	return await openServer(server.url, async () => {
		await server.release();
		rmSync(folder, { recursive: true, force: true });
	});
}

async function openServer(url: string, release: () => Promise<void>): Promise<BenchServer> {
	const admin = new pg.Client({ connectionString: url });
	await admin.connect();
	const made = new Set<string>();
	const drop = (name: string) => admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
	const named = (database: string) => `bench_${process.pid}_${database}`;
	const setAside = async (pattern: string) => {
		const { rows } = await admin.query('SELECT datname AS name FROM pg_database WHERE datname LIKE $1', [
			pattern.replaceAll('_', '\\_'),
		]);
		for (const { name } of rows) {
			const aside = named(`aside_${made.size}`);
			made.add(aside);
			await admin.query(`ALTER DATABASE "${name}" RENAME TO "${aside}"`);
		}
	};
	const urlOf = (database: string) => {
		const other = new URL(url);
		other.pathname = `/${named(database)}`;
		return other.href;
	};
	return {
		urlOf,
		run: async (database, sql) => {
			const client = new pg.Client({ connectionString: urlOf(database) });
			await client.connect();
			await client.query(sql).finally(() => client.end());
		},
		renew: async (database, template) => {
			const name = named(database);
			made.add(name);
			await drop(name);
			const copy = template === undefined ? '' : ` TEMPLATE "${named(template)}"`;
			await admin.query(`CREATE DATABASE "${name}"${copy}`);
		},
		setAside: (database) => setAside(named(database)),
		setCachedAside: () => setAside('companion_cache_%'),
		close: async () => {
			for (const name of made) await drop(name);
			await admin.end();
			await release();
		},
	};
}
