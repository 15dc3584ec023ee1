import { execFileSync, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
	type EmbeddedServer,
	startEmbeddedServer,
} from '../../src/kit/database/embedded/start-embedded-server.ts';
import { aProject } from '../harness/a-project.ts';
import { runScript } from '../harness/run-script.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

let folder: string;
let server: EmbeddedServer;

/** A server that refuses sessions without encryption, with a certificate for 127.0.0.1 that only its own authority vouches for. */
beforeAll(async () => {
	if (!hasOpenssl) return;
	folder = mkdtempSync(join(tmpdir(), 'companion-tls-'));
	server = await startEmbeddedServer({ folder: join(folder, 'postgres') });
	const data = join(folder, 'postgres', 'data');
	makeCertificate(data);
	const hba = join(data, 'pg_hba.conf');
	writeFileSync(hba, readFileSync(hba, 'utf8').replaceAll(/^host(?=\s)/gm, 'hostssl'));
	const client = new pg.Client({ connectionString: server.url });
	await client.connect();
	await client.query('ALTER SYSTEM SET ssl = on');
	await client.query('SELECT pg_reload_conf()');
	await client.end();
});

afterAll(async () => {
	if (!hasOpenssl) return;
	await server.release();
	rmSync(folder, { recursive: true, force: true });
});

function makeCertificate(data: string): void {
	const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: data, stdio: 'pipe' });
	const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
	openssl('req', '-x509', ...key, '-subj', '/CN=authority', '-keyout', 'ca.key', '-out', 'ca.crt');
	openssl('req', ...key, '-subj', '/CN=127.0.0.1', '-keyout', 'server.key', '-out', 'server.csr');
	writeFileSync(join(data, 'san.cnf'), 'subjectAltName = IP:127.0.0.1\n');
	const signed = [
		'-CA',
		'ca.crt',
		'-CAkey',
		'ca.key',
		'-CAcreateserial',
		'-extfile',
		'san.cnf',
		'-days',
		'2',
	];
	openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.crt');
	const { uid, gid } = statSync(data);
	for (const file of ['server.key', 'server.crt']) chownSync(join(data, file), uid, gid);
}

function urlWith(parameters: string, host = '127.0.0.1'): string {
	return `${server.url.replace('127.0.0.1', host)}?${parameters}`;
}

const authority = () => encodeURIComponent(join(folder, 'postgres', 'data', 'ca.crt'));

describe.runIf(hasOpenssl)('a server that wants encryption', () => {
	test.each([
		[
			'sslmode=verify-full with its authority',
			() => urlWith(`sslmode=verify-full&sslrootcert=${authority()}`),
		],
		['sslmode=no-verify', () => urlWith('sslmode=no-verify')],
		['sslmode=require as libpq means it', () => urlWith('sslmode=require&uselibpqcompat=true')],
	])('is reached with %s, by every session of every command', async (_name, url) => {
		const { root } = aProject({
			migrations: [{ tag: '0000_a', up: 'CREATE TABLE a (n int);', down: 'DROP TABLE a;' }],
		});
		const env = { DATABASE_URL: url(), SHADOW_DATABASE_URL: url() };
		for (const [name, ...args] of [
			['migrate'],
			['drift'],
			['reverse', '--all'],
			['rollback', 'base', '--yes'],
		]) {
			const { exitCode, stdout, stderr } = await runScript(name as string, args, { cwd: root, env });
			expect([name, exitCode, stdout + stderr]).toEqual([
				name,
				0,
				expect.not.stringMatching(/error|warning/i),
			]);
		}
	});

	test.each([
		['no encryption', () => urlWith('sslmode=disable'), /no encryption.*sslmode=verify-full/s],
		['a certificate nobody here vouches for', () => urlWith('sslmode=verify-full'), /sslrootcert/],
		[
			'a name that the certificate does not have',
			() => urlWith(`sslmode=verify-full&sslrootcert=${authority()}`, 'localhost'),
			/certificate/,
		],
		[
			'an authority whose file is missing',
			() => urlWith('sslmode=verify-full&sslrootcert=/nowhere/ca.crt'),
			/\/nowhere\/ca\.crt/,
		],
	])('is refused with %s: a code and the way out', async (_name, url, says) => {
		const { root } = aProject({ migrations: [{ tag: '0000_a', up: 'SELECT 1;' }] });
		const { exitCode, stderr } = await runScript('migrate', [], { cwd: root, env: { DATABASE_URL: url() } });
		expect([exitCode, stderr]).toEqual([
			1,
			expect.stringMatching(/error\[(DATABASE_UNREACHABLE|CONFIG_INVALID)\]/),
		]);
		expect(stderr).toMatch(says);
		expect(stderr).not.toMatch(/\n\s+at /);
	});

	test('is reached with PGSSLMODE', async () => {
		const { root } = aProject({ migrations: [{ tag: '0000_a', up: 'SELECT 1;' }] });
		const env = { DATABASE_URL: server.url, PGSSLMODE: 'no-verify' };
		const { exitCode, stderr } = await runScript('current', [], { cwd: root, env });
		expect([exitCode, stderr]).toEqual([0, expect.not.stringContaining('error')]);
	});
});
