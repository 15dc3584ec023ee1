import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type Home, readIfPresent } from './open-home.ts';
import { readProcess } from './process-identity.ts';

/** What `postmaster.pid` tells of the server. */
export interface Postmaster {
	readonly pid: number;
	readonly port: number;
	/** The process runs and is this cluster's server. After a crash the number may belong to nobody or to somebody else. */
	readonly isRunning: boolean;
	readonly status: 'starting' | 'ready' | 'stopping' | 'unknown';
}

/**
 * The server of a home, or undefined when none was started or it was stopped in good order.
 * @see PostgreSQL `src/include/utils/pidfile.h` for the lines of the file
 */
export function readPostmaster(home: Home): Postmaster | undefined {
	const text = readIfPresent(join(home.data, 'postmaster.pid'));
	if (text === undefined) return undefined;
	const lines = text.split('\n');
	const pid = Number(lines[0]);
	const status = (lines[7] ?? '').trim();
	return {
		pid,
		port: Number(lines[3]),
		isRunning: Number.isInteger(pid) && pid > 1 && isServerOf(home, pid),
		status: status === 'ready' || status === 'starting' || status === 'stopping' ? status : 'unknown',
	};
}

/** Whether the process with this number is the server of this home and not one that got the number later. */
export function isServerOf(home: Home, pid: number): boolean {
	if (readProcess(pid) === undefined) return false;
	if (process.platform === 'linux') return isLinuxServerOf(home, pid);
	if (process.platform === 'win32') return true;
	const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
	return stdout.includes(home.data);
}

// The server works in its data folder. The links of other users' processes cannot be read: they are not ours.
function isLinuxServerOf(home: Home, pid: number): boolean {
	try {
		const folder = readlinkSync(`/proc/${pid}/cwd`).replace(/ \(deleted\)$/, '');
		const isThere = folder === home.data || folder === realpathSync(home.data);
		return isThere && readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('postgres');
	} catch {
		return false;
	}
}
