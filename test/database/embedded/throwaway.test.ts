import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startEmbeddedServer } from '../../../src/kit/database/embedded/start-embedded-server.ts';
import { ask } from './inspect-server.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'companion-throwaway-')));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Starts the server of a folder, asks it something, and stops it. */
async function askOnce(name: string, isThrowaway: boolean, sql: string): Promise<unknown> {
	const server = await startEmbeddedServer({ folder: join(root, name), isThrowaway });
	try {
		return (await ask(server.connection, sql))[0];
	} finally {
		await server.release();
	}
}

const settings = `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages`;
const countTables = `SELECT count(*)::int AS tables FROM pg_tables WHERE tablename = 'made'`;

test('a throw-away cluster does not wait for the disk, and any other does', async () => {
	expect(await askOnce('scratch', true, settings)).toEqual({ fsync: 'off', pages: 'off' });
	expect(await askOnce('postgres', false, settings)).toEqual({ fsync: 'on', pages: 'on' });
});

test('it stays from command to command, and is made anew after the machine was restarted', async () => {
	await askOnce('scratch', true, 'CREATE TABLE made ()');
	expect(await askOnce('scratch', true, countTables)).toEqual({ tables: 1 });
	writeFileSync(join(root, 'scratch', 'boot'), 'another run of the machine');
	expect(await askOnce('scratch', true, countTables)).toEqual({ tables: 0 });
});

test('any other outlives a restart of the machine', async () => {
	await askOnce('postgres', false, 'CREATE TABLE made ()');
	writeFileSync(join(root, 'postgres', 'boot'), 'another run of the machine');
	expect(await askOnce('postgres', false, countTables)).toEqual({ tables: 1 });
});
