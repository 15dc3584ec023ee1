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

/**
 * Starts one embedded server for the whole run, in a folder of its own, and takes it away afterwards. With
 * `COMPANION_TEST_SERVER=postgresql://postgres:secret@localhost:5416/postgres` the tests use that server instead, to see what
 * another version of PostgreSQL does: the role must be a superuser and the server nobody else's, since roles come and go.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const given = process.env.COMPANION_TEST_SERVER;
	if (given) {
		project.provide('serverUrl', given);
		return async () => {};
	}
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
