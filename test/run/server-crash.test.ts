import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/kit/commands/migrate.ts';
import {
	type EmbeddedServer,
	startEmbeddedServer,
} from '../../src/kit/database/embedded/start-embedded-server.ts';
import { ask, isAnswering, readServerPid, until } from '../database/embedded/inspect-server.ts';
import { aProject, type MigrationSpec } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';

let temporary: string;
let folder: string;
let server: EmbeddedServer;

beforeEach(async () => {
	temporary = mkdtempSync(join(tmpdir(), 'companion-crash-'));
	folder = join(temporary, 'postgres');
	server = await startEmbeddedServer({ folder });
	// Nobody brings to disk what no COMMIT waited for.
	await ask(server.connection, "ALTER SYSTEM SET wal_writer_delay = '10s'");
	await ask(server.connection, 'SELECT pg_reload_conf()');
});

afterEach(async () => {
	await server.release();
	rmSync(temporary, { recursive: true, force: true });
});

/** So many tables, a migration each, with one that does not run in place of one. */
function tables(count: number, broken = -1): readonly MigrationSpec[] {
	return Array.from({ length: count }, (_, place) => {
		const name = `t${String(place).padStart(4, '0')}`;
		return {
			tag: `${name.slice(1)}_${name}`,
			up: place === broken ? 'SELECT nope;' : `CREATE TABLE ${name} (n int);`,
		};
	});
}

/** Ends the server as a crash does, and starts it again. */
async function crash(): Promise<void> {
	const { connection } = server;
	process.kill(readServerPid(folder) as number, 'SIGKILL');
	await until(async () => !(await isAnswering(connection)));
	const next = await startEmbeddedServer({ folder });
	await server.release();
	server = next;
}

/** What the ledger and the catalog say, the same kind of list. */
async function readBoth(): Promise<readonly [number, readonly string[]]> {
	const [ledger] = await ask(
		server.connection,
		'SELECT count(*)::int AS rows FROM drizzle.__drizzle_migrations',
	);
	const made = await ask(
		server.connection,
		"SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY relname",
	);
	return [Number(ledger?.rows), made.map(({ relname }) => String(relname))];
}

const names = (count: number) => tables(count).map(({ tag }) => tag.slice(5));

describe('a server that crashes', () => {
	test('right after a migration failed has everything that was told', async () => {
		const { root } = aProject({ migrations: tables(30, 20) });
		const error = await rejectionOf(migrate({ cwd: root, url: server.url }));
		await crash();
		expect(error.details.finished).toHaveLength(20);
		expect(await readBoth()).toEqual([20, names(20)]);
	});

	test('right after all were applied has all', async () => {
		const { root } = aProject({ migrations: tables(30) });
		await migrate({ cwd: root, url: server.url });
		await crash();
		expect(await readBoth()).toEqual([30, names(30)]);
	});

	test('in the middle has what was told, as much in the ledger as in the catalog, and the rest is done later', async () => {
		const { root } = aProject({ migrations: tables(400) });
		const told: string[] = [];
		const running = rejectionOf(migrate({ cwd: root, url: server.url, onStep: ({ tag }) => told.push(tag) }));
		while (told.length < 40) await sleep(1);
		await crash();
		const { details } = await running;
		const [rows, made] = await readBoth();
		expect(made).toEqual(names(rows));
		expect(rows).toBeGreaterThanOrEqual(told.length);
		expect(details.finished).toEqual(tables(told.length).map(({ tag }) => tag));
		await migrate({ cwd: root, url: server.url });
		expect(await readBoth()).toEqual([400, names(400)]);
	});
});
