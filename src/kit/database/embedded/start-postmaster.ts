import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CompanionError } from '../../errors.ts';
import type { OnProgress } from '../../progress.ts';
import { choosePort, serverHost } from './choose-port.ts';
import type { Binaries } from './find-binaries.ts';
import { giveToServer, type Home, readIfPresent, writeHomeFile } from './open-home.ts';
import { type Postmaster, readPostmaster } from './read-postmaster.ts';
import { describeFailedStart, runProgram } from './run-program.ts';

const startLimitMilliseconds = 120_000;
const logLimitBytes = 4_000_000;

/** Who is told what of a start. */
export interface StartOptions {
	readonly onProgress?: OnProgress | undefined;
	/** Called when a server is starting and there is only waiting to do: the time is the caller's. */
	readonly whileStarting?: (() => void) | undefined;
}

/** A server that accepts connections. */
export type RunningPostmaster = Pick<Postmaster, 'pid' | 'port'>;

/**
 * The running server of a home, started unless it is up; call under the lock. It is in a session of its own, so that a
 * Ctrl-C meant for the command does not reach it.
 * @throws CompanionError `DATABASE_UNREACHABLE` with the end of the server's log when it does not come up.
 */
export async function startPostmaster(
	home: Home,
	binaries: Binaries,
	options: StartOptions = {},
): Promise<RunningPostmaster> {
	const wait = startWaiting(home, options);
	for (;;) {
		const running = await awaitReady(home, wait);
		if (running !== undefined) return running;
		const failure = await launch(home, binaries, wait);
		if (failure !== undefined && !(await prepareNextTry(home, failure))) throw describeFailure(home, failure);
	}
}

/** One turn of waiting for the server to become what is wanted. */
type Wait = (status: Postmaster['status']) => Promise<void>;

function startWaiting(home: Home, { onProgress, whileStarting }: StartOptions): Wait {
	const start = performance.now();
	let announced = false;
	let called = false;
	return async (status) => {
		if (!called) whileStarting?.();
		called = true;
		const waited = performance.now() - start;
		if (waited > startLimitMilliseconds)
			throw describeFailure(home, `it is still ${status} after two minutes`);
		if (waited > 2000 && !announced) {
			announced = true;
			onProgress?.({ message: `waiting for the embedded PostgreSQL, which is ${status}` });
		}
		await sleep(2);
	};
}

/** Waits until a server that was started is ready; undefined when there is none, or it went away. */
async function awaitReady(home: Home, wait: Wait): Promise<RunningPostmaster | undefined> {
	for (;;) {
		const postmaster = readPostmaster(home);
		if (postmaster === undefined) return undefined;
		if (!postmaster.isRunning) return retirePidFile(home);
		if (postmaster.status === 'ready') return postmaster;
		await wait(postmaster.status);
	}
}

/**
 * PostgreSQL refuses to start while the number in a left-over `postmaster.pid` belongs to any living process, a zombie
 * included. The number is replaced by one that no process can have; the rest of the file stays, because by its shared
 * memory key PostgreSQL notices sessions of the dead server that are still at work.
 */
function retirePidFile(home: Home): undefined {
	const path = join(home.data, 'postmaster.pid');
	const text = readIfPresent(path);
	if (text === undefined) return;
	writeFileSync(path, text.replace(/^.*/, '2147483646'));
}

/** Starts the server and returns undefined when it is up, or what it wrote to its log before it gave up. */
async function launch(home: Home, binaries: Binaries, wait: Wait): Promise<string | undefined> {
	const port = await choosePort(home);
	const log = openLog(home);
	const logStart = statSync(home.log).size;
	const { program, makeArguments } = describeLaunch(home, binaries, port);
	try {
		const child = runProgram({ home, program, arguments: makeArguments, output: log });
		const isEnded = noticeEnd(child, program);
		while (!isUp(home)) {
			if (isEnded()) return readLogFrom(home, logStart);
			await wait('starting');
		}
		child.unref();
		return undefined;
	} finally {
		closeSync(log);
	}
}

function isUp(home: Home): boolean {
	const postmaster = readPostmaster(home);
	return postmaster?.isRunning === true && postmaster.status === 'ready';
}

/** Whether the server ended; throws when it could not even be run. */
function noticeEnd(child: ChildProcess, program: string): () => boolean {
	let failure: Error | undefined;
	let ended = false;
	child.once('error', (error) => {
		failure = error;
	});
	child.once('exit', (code) => {
		// On Windows this is pg_ctl, which ends when the server is on its way.
		ended = process.platform !== 'win32' || code !== 0;
	});
	return () => {
		if (failure !== undefined) throw describeFailedStart(program, failure);
		return ended;
	};
}

function describeLaunch(home: Home, binaries: Binaries, port: number) {
	const settings = [
		'-p',
		String(port),
		'-c',
		`listen_addresses=${serverHost}`,
		'-c',
		'unix_socket_directories=',
		...(home.isThrowaway ? forScratchWork(binaries) : []),
	];
	if (process.platform !== 'win32') {
		return {
			program: join(binaries.native, 'bin', 'postgres'),
			makeArguments: (reach: (path: string) => string) => ['-D', reach(home.data), ...settings],
		};
	}
	// Only pg_ctl can start a server for an administrator of Windows: it gives the privileges up first.
	return {
		program: join(binaries.native, 'bin', 'pg_ctl.exe'),
		makeArguments: () => ['start', '--no-wait', '-D', home.data, '-l', home.log, '-o', settings.join(' ')],
	};
}

/**
 * Making and dropping databases is several times as fast without durability. Whole schemas are made and dropped in one transaction,
 * in which each table, index and sequence takes a lock: there is room for more than twice as many as a server has by default. That room,
 * for as many connections as there may be, and the buffers are made at every start, half of which they were with more of both. And
 * processes that only read ahead, or wait for subscriptions, are not worth starting.
 */
function forScratchWork({ major }: Binaries): readonly string[] {
	return [
		...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
		...['max_locks_per_transaction=256', 'max_connections=60', 'shared_buffers=32MB'],
		'max_logical_replication_workers=0',
		...(major < 18 ? [] : ['io_method=sync']),
	].flatMap((setting) => ['-c', setting]);
}

function openLog(home: Home): number {
	const size = statSync(home.log, { throwIfNoEntry: false })?.size;
	const log = openSync(home.log, size !== undefined && size > logLimitBytes ? 'w' : 'a', 0o600);
	if (size === undefined) giveToServer(home, home.log);
	return log;
}

function readLogFrom(home: Home, start: number): string {
	return readFileSync(home.log).subarray(start).toString('utf8').trim();
}

/** Removes what stood in the way, if that can be done. */
async function prepareNextTry(home: Home, failure: string): Promise<boolean> {
	if (/could not bind|could not create any TCP\/IP sockets/.test(failure)) {
		writeHomeFile(home, home.port, '');
		return true;
	}
	// Another command of which we know nothing was quicker, or sessions of a killed server are still ending.
	if (/postmaster\.pid" already exists|pre-existing shared memory block/.test(failure)) {
		await sleep(200);
		return true;
	}
	return false;
}

function describeFailure(home: Home, failure: string): CompanionError {
	const lines = failure.split('\n');
	const reason = lines.findLast((line) => /\b(FATAL|PANIC|ERROR):/.test(line)) ?? lines.at(-1) ?? '';
	return new CompanionError(
		'DATABASE_UNREACHABLE',
		`The embedded PostgreSQL in ${home.folder} did not start: ${reason.replace(/^.*?\b(?:FATAL|PANIC|ERROR):\s*/, '')}`,
		{
			hint: `Its log is ${home.log}. DATABASE_URL and SHADOW_DATABASE_URL name a server to use instead.`,
			details: { folder: home.folder, log: lines.slice(-15) },
		},
	);
}
