import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedServer } from '../../src/kit/database/embedded/start-embedded-server.ts';

declare module 'vitest' {
	interface ProvidedContext {
		/** URL of the run's own server: superuser, password included. */
		readonly serverUrl: string;
	}
}

/** Starts one embedded server for the whole run, in a folder of its own, and takes it away afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const folder = mkdtempSync(join(tmpdir(), 'companion-tests-'));
	const server = await startEmbeddedServer({ folder: join(folder, 'postgres') });
	await preferSpeed(server.url);
	project.provide('serverUrl', server.url);
	return async () => {
		await server.release();
		rmSync(folder, { recursive: true, force: true });
	};
}

/** Nothing on this server has to survive a power cut. */
async function preferSpeed(url: string): Promise<void> {
	const client = new pg.Client({ connectionString: url });
	await client.connect();
	for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes'])
		await client.query(`ALTER SYSTEM SET ${setting} = off`);
	await client.query('SELECT pg_reload_conf()');
	await client.end();
}
