import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

/** PgBouncer in transaction mode in front of a server, on a port of its own. */
export interface Pooler {
	/** The same database through it. */
	urlOf(url: string): string;
	stop(): Promise<void>;
}

/** Says whether PgBouncer is on this machine. */
export function hasPooler(): boolean {
	return spawnSync('pgbouncer', ['--version']).status === 0;
}

/** Starts PgBouncer in front of a server. The caller stops it. */
export async function startPooler(serverUrl: string, poolSize = 5): Promise<Pooler> {
	const folder = mkdtempSync(join(tmpdir(), 'companion-pooler-'));
	const { hostname, port, username, password } = new URL(serverUrl);
	const listen = await findPort();
	const file = join(folder, 'pgbouncer.ini');
	writeFileSync(join(folder, 'users.txt'), `"${username}" "${decodeURIComponent(password)}"\n`, {
		mode: 0o644,
	});
	writeFileSync(
		file,
		`[databases]\n* = host=${hostname} port=${port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${listen}\nauth_type = plain\nauth_file = ${join(folder, 'users.txt')}\npool_mode = transaction\ndefault_pool_size = ${poolSize}\nmax_client_conn = 200\nunix_socket_dir =\n`,
		{ mode: 0o644 },
	);
	// PgBouncer refuses to run as root, and whoever it runs as has to enter the folder.
	const isRoot = process.getuid?.() === 0;
	if (isRoot) spawnSync('chmod', ['755', folder]);
	const child = spawn('pgbouncer', [...(isRoot ? ['-u', 'nobody'] : []), file], { stdio: 'ignore' });
	const urlOf = (url: string) => {
		const pooled = new URL(url);
		pooled.host = `127.0.0.1:${listen}`;
		return pooled.href;
	};
	await waitUntilUp(urlOf(serverUrl));
	return { urlOf, stop: () => stop(child, folder) };
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
	if (child.exitCode === null && child.signalCode === null) {
		const ended = new Promise((resolve) => child.once('exit', resolve));
		child.kill('SIGKILL');
		await ended;
	}
	rmSync(folder, { recursive: true, force: true });
}

async function waitUntilUp(url: string): Promise<void> {
	for (let tries = 0; ; tries += 1) {
		const client = new pg.Client({ connectionString: url });
		client.on('error', () => {});
		try {
			await client.connect();
			return await client.end();
		} catch (error) {
			if (tries === 50) throw error;
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}
}

async function findPort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as { port: number };
	await new Promise((resolve) => server.close(resolve));
	return port;
}
