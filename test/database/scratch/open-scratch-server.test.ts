import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
	type EmbeddedServer,
	startEmbeddedServer,
} from '../../../src/kit/database/embedded/start-embedded-server.ts';
import {
	openScratchServer,
	type ScratchServer,
} from '../../../src/kit/database/scratch/open-scratch-server.ts';
import { buildProject } from '../embedded/build-project.ts';

let root: string;
let folder: string;
let embedded: EmbeddedServer;
let connection: pg.ClientConfig;
let admin: pg.Client;

beforeAll(async () => {
	root = mkdtempSync(join(tmpdir(), 'companion-scratch-'));
	folder = join(root, '.data', 'postgres');
	embedded = await startEmbeddedServer({ folder });
	connection = { ...embedded.connection };
	admin = new pg.Client(connection);
	admin.on('error', () => {});
	await admin.connect();
});

afterAll(async () => {
	await admin.end();
	await embedded.release();
	rmSync(root, { recursive: true, force: true });
});

async function listDatabases(pattern: string): Promise<readonly string[]> {
	const { rows } = await admin.query('SELECT datname FROM pg_database WHERE datname LIKE $1 ORDER BY 1', [
		pattern,
	]);
	return rows.map(({ datname }) => datname);
}

async function endSessions(name: string): Promise<void> {
	await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
	await new Promise((resolve) => setTimeout(resolve, 50));
}

async function withServer<Result>(work: (server: ScratchServer) => Promise<Result>): Promise<Result> {
	const server = await openScratchServer({ kind: 'server', connection });
	try {
		return await work(server);
	} finally {
		await server.close();
	}
}

describe('a scratch database', () => {
	it('is empty, named after its run, quick to write to, and gone when the server is closed', async () => {
		await withServer(async (server) => {
			expect(server.serverVersion).toMatch(/^\d+\.\d+$/);
			const database = await server.create();
			expect(database.name).toMatch(/^companion_scratch_[a-z0-9]+_1$/);
			expect(database.connection.database).toBe(database.name);
			const { rows } = await database.query(
				`SELECT current_database() AS name, current_setting('synchronous_commit') AS sync,
				(SELECT count(*)::int FROM pg_class WHERE relnamespace = 'public'::regnamespace) AS tables`,
			);
			expect(rows).toEqual([{ name: database.name, sync: 'off', tables: 0 }]);
		});
		expect(await listDatabases('companion_scratch_%')).toEqual([]);
	});

	it('takes several statements without values, and values with one', async () => {
		await withServer(async (server) => {
			const database = await server.create();
			const last = await database.query(
				'CREATE TABLE t (x int); INSERT INTO t VALUES (1), (2); SELECT sum(x)::int AS sum FROM t',
			);
			expect(last.rows).toEqual([{ sum: 3 }]);
			expect((await database.query('SELECT $1::text AS x', ['a;b'])).rows).toEqual([{ x: 'a;b' }]);
			await expect(database.query('SELECT no_such_column')).rejects.toMatchObject({ code: '42703' });
			await expect(database.query('BEGIN; SELECT 1/0')).rejects.toMatchObject({ code: '22012' });
			expect((await database.query('SELECT count(*)::int AS n FROM t')).rows).toEqual([{ n: 2 }]);
		});
	});

	it('is copied with what is in it, while its own sessions are open', async () => {
		await withServer(async (server) => {
			const database = await server.create();
			await Promise.all([1, 2, 3].map((x) => database.query(`CREATE TABLE t${x} AS SELECT ${x} AS x`)));
			const copy = await database.copy();
			expect((await copy.query('SELECT x FROM t2')).rows).toEqual([{ x: 2 }]);
			expect((await copy.query('SHOW synchronous_commit')).rows).toEqual([{ synchronous_commit: 'off' }]);
			await copy.query('DROP TABLE t2');
			expect((await database.query('SELECT x FROM t2')).rows).toEqual([{ x: 2 }]);
		});
	});

	it('is copied once a session of somebody else has ended', async () => {
		await withServer(async (server) => {
			const database = await server.create();
			const other = new pg.Client(database.connection);
			await other.connect();
			setTimeout(() => other.end(), 300);
			await expect(database.copy()).resolves.toBeDefined();
		});
	});

	it('opens a new pool after it was disconnected, of at most two sessions', async () => {
		await withServer(async (server) => {
			const database = await server.create();
			const pool = database.pool();
			expect(database.pool()).toBe(pool);
			await Promise.all(Array.from({ length: 8 }, () => pool.query('SELECT pg_sleep(0.02)')));
			expect(pool.totalCount).toBe(2);
			await database.disconnect();
			const { rows } = await admin.query('SELECT 1 FROM pg_stat_activity WHERE datname = $1', [
				database.name,
			]);
			expect(rows).toEqual([]);
			expect(database.pool()).not.toBe(pool);
			expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
		});
	});

	it('survives the end of its idle sessions', async () => {
		await withServer(async (server) => {
			const database = await server.create();
			await database.query('SELECT 1');
			await endSessions(database.name);
			expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
			database.refuseIfDisturbed();
		});
	});

	it('lets nobody make anything of what was found while a session was lost', async () => {
		const lost = expect.objectContaining({ code: 'DATABASE_UNREACHABLE' });
		await expect(
			withServer(async (server) => {
				const database = await server.create();
				const held = await database.pool().connect();
				await endSessions(database.name);
				held.release(true);
				expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
				expect(() => database.refuseIfDisturbed()).toThrow(lost);
				expect(() => server.refuseIfDisturbed()).toThrow(lost);
			}),
		).rejects.toEqual(lost);
		expect(await listDatabases('companion_scratch_%')).toEqual([]);
	});

	it('is dropped whoever is connected, and twice is as good as once', async () => {
		await withServer(async (server) => {
			const database = await server.create();
			const other = new pg.Client(database.connection);
			other.on('error', () => {});
			await other.connect();
			await Promise.all([database.drop(), database.drop()]);
			await database.drop();
			expect(await listDatabases('companion_scratch_%')).toEqual([]);
		});
	});

	it('goes on after the session that made it was lost', async () => {
		await withServer(async (server) => {
			await server.create();
			await admin.query(
				`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'drizzle-companion scratch %'`,
			);
			await new Promise((resolve) => setTimeout(resolve, 50));
			await expect(server.create()).resolves.toBeDefined();
		});
		expect(await listDatabases('companion_scratch_%')).toEqual([]);
	});

	it('is made side by side with others', async () => {
		await withServer(async (server) => {
			const databases = await Promise.all([1, 2, 3].map(() => server.create()));
			expect(new Set(databases.map(({ name }) => name)).size).toBe(3);
		});
	});
});

describe('a killed run', () => {
	it('has its databases dropped by the next one, which leaves those of living runs alone', async () => {
		const script = buildProject(join(root, 'app'), { packages: 'linked' });
		const living = await openScratchServer({ kind: 'server', connection });
		const kept = await living.create();
		const killed = spawn(
			process.execPath,
			[
				'--input-type=module',
				'-e',
				`
			const { openScratchServer } = await import(${JSON.stringify(join(script, '../../../../src/kit/database/scratch/open-scratch-server.js'))});
			const server = await openScratchServer({ kind: 'server', connection: ${JSON.stringify(connection)} });
			const database = await server.create();
			await database.query('SELECT 1');
			console.log(database.name);
			setInterval(() => {}, 1000);
		`,
			],
			{ stdio: ['ignore', 'pipe', 'inherit'] },
		);
		const name = await new Promise<string>((resolve) =>
			killed.stdout.once('data', (data) => resolve(String(data).trim())),
		);
		expect(await listDatabases('companion_scratch_%')).toEqual([kept.name, name].sort());
		await withServer(async () => {
			expect(await listDatabases('companion_scratch_%')).toEqual([kept.name, name].sort());
		});
		const ended = new Promise((resolve) => killed.once('close', resolve));
		killed.kill('SIGKILL');
		await ended;
		await expect
			.poll(async () => {
				await withServer(async () => {});
				return listDatabases('companion_scratch_%');
			})
			.toEqual([kept.name]);
		expect((await kept.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
		await living.close();
	});

	it('leaves databases alone that only look like scratch databases', async () => {
		await admin.query('CREATE DATABASE companion_scratch_mine');
		await withServer(async () => {});
		expect(await listDatabases('companion_scratch_%')).toEqual(['companion_scratch_mine']);
		await admin.query('DROP DATABASE companion_scratch_mine');
	});

	it('does not stop the next one when its database cannot be dropped', async () => {
		await admin.query(`CREATE DATABASE companion_scratch_stuck_1`);
		await admin.query(
			`UPDATE pg_database SET datistemplate = true WHERE datname = 'companion_scratch_stuck_1'`,
		);
		const messages: string[] = [];
		const server = await openScratchServer(
			{ kind: 'server', connection },
			{ onProgress: ({ message }) => messages.push(message) },
		);
		await server.close();
		expect(messages).toEqual([expect.stringContaining('companion_scratch_stuck_1')]);
		await admin.query(
			`UPDATE pg_database SET datistemplate = false WHERE datname = 'companion_scratch_stuck_1'`,
		);
		await withServer(async () => {});
		expect(await listDatabases('companion_scratch_%')).toEqual([]);
	});
});

describe('cached databases', () => {
	it('are built once, and copies are independent', async () => {
		let built = 0;
		const copy = (server: ScratchServer) =>
			server.copyOfCached('once', async (database) => {
				built += 1;
				await database.query('CREATE TABLE cached (x int); INSERT INTO cached VALUES (1)');
			});
		await withServer(async (server) => {
			const one = await copy(server);
			const two = await copy(server);
			expect(one.name).toMatch(/^companion_scratch_/);
			await one.query('DROP TABLE cached');
			expect((await two.query('SELECT x FROM cached')).rows).toEqual([{ x: 1 }]);
			expect((await (await two.copy()).query('SELECT x FROM cached')).rows).toEqual([{ x: 1 }]);
		});
		await withServer(copy);
		expect(built).toBe(1);
		expect(await listDatabases('companion_scratch_%')).toEqual([]);
	});

	it('are not left half built when the building fails', async () => {
		await withServer(async (server) => {
			const fail = async () => Promise.reject(new Error('no luck'));
			await expect(server.copyOfCached('failing', fail)).rejects.toThrow('no luck');
			expect(await listDatabases('companion_scratch_%')).toEqual([]);
			const copy = await server.copyOfCached('failing', async (database) => {
				await database.query('CREATE TABLE built (x int)');
			});
			expect((await copy.query('SELECT * FROM built')).rows).toEqual([]);
		});
	});

	it('are built by several at once without anyone failing', async () => {
		const servers = await Promise.all(
			[1, 2, 3, 4].map(() => openScratchServer({ kind: 'server', connection })),
		);
		const copies = await Promise.all(
			servers.map((server) =>
				server.copyOfCached('together', async (database) => {
					await database.query('CREATE TABLE together (x int)');
				}),
			),
		);
		for (const copy of copies) expect((await copy.query('SELECT * FROM together')).rows).toEqual([]);
		await Promise.all(servers.map((server) => server.close()));
		expect(await listDatabases('companion_scratch_%')).toEqual([]);
	});

	it('give way to newer ones', async () => {
		await withServer(async (server) => {
			let built = 0;
			const count = async () => {
				built += 1;
			};
			for (let key = 0; key < 10; key += 1) await (await server.copyOfCached(`key ${key}`, count)).drop();
			expect(await listDatabases('companion_cache_%')).toHaveLength(8);
			await server.copyOfCached('key 9', count);
			expect(built).toBe(10);
			await server.copyOfCached('key 0', count);
			expect(built).toBe(11);
		});
	});

	it('belong to a role', async () => {
		await admin.query(`CREATE ROLE builder LOGIN CREATEDB PASSWORD 'builder'`);
		const own = await openScratchServer({
			kind: 'server',
			connection: { ...connection, user: 'builder', password: 'builder' },
		});
		let built = 0;
		const count = async () => {
			built += 1;
		};
		await withServer((server) => server.copyOfCached('shared key', count));
		const copy = await own.copyOfCached('shared key', count);
		expect(built).toBe(2);
		// Another role's run is seen alive although its sessions are not this role's to look into.
		const living = await openScratchServer({ kind: 'server', connection });
		await living.create();
		await expect((await copy.copy()).query('SELECT 1')).resolves.toBeDefined();
		const again = await openScratchServer({
			kind: 'server',
			connection: { ...connection, user: 'builder', password: 'builder' },
		});
		await again.close();
		expect(await listDatabases('companion_scratch_%')).toHaveLength(3);
		await living.close();
		await own.close();
	});
});

describe('opening', () => {
	it('starts the embedded server, and releases it', async () => {
		const place = join(root, 'other', '.data', 'postgres');
		const server = await openScratchServer({ kind: 'embedded', folder: place });
		const database = await server.create();
		await database.query('SELECT 1');
		await server.close();
		await server.close();
		const probe = new pg.Client(database.connection);
		await expect(probe.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
	});

	it('takes a URL apart, whatever is in it', async () => {
		const url = new URL(embedded.url);
		url.searchParams.set('application_name', 'mine');
		url.searchParams.set('options', '-c statement_timeout=12345');
		const server = await openScratchServer({ kind: 'server', connection: { connectionString: url.href } });
		const database = await server.create();
		const { rows } = await database.query(
			`SELECT current_database() AS name, current_setting('application_name') AS app, current_setting('statement_timeout') AS timeout`,
		);
		expect(rows).toEqual([{ name: database.name, app: 'mine', timeout: '12345ms' }]);
		await server.close();
	});

	it('is refused, with the way out, when the role may not create databases', async () => {
		await admin.query(`CREATE ROLE reader LOGIN PASSWORD 'reader'`);
		const opening = openScratchServer({
			kind: 'server',
			connection: { ...connection, user: 'reader', password: 'reader' },
		});
		await expect(opening).rejects.toMatchObject({
			code: 'DATABASE_UNREACHABLE',
			message: expect.stringContaining('does not let the role reader create databases'),
			hint: expect.stringContaining('SHADOW_DATABASE_URL'),
		});
	});

	it('names the server and never the password when it cannot be reached', async () => {
		const opening = openScratchServer({ kind: 'server', connection: { ...connection, password: 'sesame' } });
		const error = await opening.catch((error) => error);
		expect(error).toMatchObject({
			code: 'DATABASE_UNREACHABLE',
			message: expect.stringContaining('127.0.0.1'),
		});
		expect(JSON.stringify({ ...error, message: error.message })).not.toContain('sesame');
	});

	it('closes without an error when the server has gone meanwhile', async () => {
		const place = join(root, 'crashing', '.data', 'postgres');
		const own = await startEmbeddedServer({ folder: place });
		const server = await openScratchServer({ kind: 'server', connection: { ...own.connection } });
		await (await server.create()).query('SELECT 1');
		await own.release();
		await expect(server.close()).resolves.toBeUndefined();
		const next = await openScratchServer({ kind: 'embedded', folder: place });
		const { rows } = await (await next.create()).query(
			`SELECT count(*)::int AS n FROM pg_database WHERE datname LIKE 'companion%'`,
		);
		expect(rows).toEqual([{ n: 1 }]);
		await next.close();
	});
});
