import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CompanionError } from '../../errors.ts';
import type { Binaries } from './find-binaries.ts';
import type { Home } from './open-home.ts';
import { isServerOf, readPostmaster } from './read-postmaster.ts';

const patienceMilliseconds = 20_000;

/**
 * Stops the server of a home, ending whatever sessions it has; call under the lock.
 * @throws CompanionError `DATABASE_UNREACHABLE` when it cannot be stopped.
 */
export async function stopPostmaster(home: Home, binaries: Binaries, pid: number): Promise<void> {
	signalStop(home, binaries, pid);
	if (await isGoneWithin(home, pid, patienceMilliseconds)) return;
	// Immediate shutdown: like a crash, from which the next start recovers without losing anything committed.
	process.kill(pid, 'SIGQUIT');
	if (await isGoneWithin(home, pid, patienceMilliseconds)) return;
	throw new CompanionError(
		'DATABASE_UNREACHABLE',
		`The embedded PostgreSQL in ${home.folder} (process ${pid}) does not stop.`,
		{
			hint: `Its log is ${home.log}.`,
			details: { folder: home.folder, pid },
		},
	);
}

/** Asks the server to stop and does not wait. */
export function signalStop(home: Home, binaries: Binaries, pid: number): void {
	if (process.platform === 'win32') {
		const program = join(binaries.native, 'bin', 'pg_ctl.exe');
		spawn(program, ['stop', '--no-wait', '-m', 'fast', '-D', home.data], {
			stdio: 'ignore',
			detached: true,
		}).unref();
		return;
	}
	if (isServerOf(home, pid)) process.kill(pid, 'SIGINT');
}

async function isGoneWithin(home: Home, pid: number, milliseconds: number): Promise<boolean> {
	const deadline = performance.now() + milliseconds;
	while (performance.now() < deadline) {
		// The server removes its file last. Its process may stay as a zombie until its parent looks.
		if (readPostmaster(home)?.pid !== pid && !isServerOf(home, pid)) return true;
		await sleep(2);
	}
	return false;
}
