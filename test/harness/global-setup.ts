import { rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedServer } from '../../src/kit/database/embedded/start-embedded-server.ts';
import { buildKit, linkPackages } from './build-kit.ts';
import { makeTemporaryFolder } from './make-temporary-folder.ts';
import { repository } from './repository.ts';

declare module 'vitest' {
	interface ProvidedContext {
		/** URL of the run's own server: superuser, password included. */
		readonly serverUrl: string;
		/** Folder of the package that `buildKit` made. */
		readonly kit: string;
	}
}

/**
 * Builds the kit and starts one embedded server for the whole run, in a folder of its own, and takes both away afterwards. With
 * `COMPANION_TEST_SERVER=postgresql://postgres:secret@localhost:5416/postgres` the tests use that server instead, to see what
 * another version of PostgreSQL does: the role must be a superuser and the server nobody else's, since roles come and go.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
	const folder = makeTemporaryFolder();
	// Not above the temporary folders of the tests, which would find packages there that they do not have.
	const modules = join(folder, 'kit', 'node_modules');
	const kit = join(modules, 'drizzle-companion');
	linkPackages(join(repository, 'node_modules'), modules);
	const [release] = await Promise.all([provideServer(project, join(folder, 'postgres')), buildKit(kit)]);
	project.provide('kit', kit);
	return async () => {
		await release();
		rmSync(folder, { recursive: true, force: true });
	};
}

async function provideServer(project: TestProject, folder: string): Promise<() => Promise<void>> {
	const given = process.env.COMPANION_TEST_SERVER;
	if (given) {
		project.provide('serverUrl', given);
		return async () => {};
	}
	const server = await startEmbeddedServer({ folder });
	await preferSpeed(server.url);
	project.provide('serverUrl', server.url);
	return () => server.release();
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
