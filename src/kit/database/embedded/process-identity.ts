import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process wrote a file, told apart from a later one with the same number. */
export interface ProcessIdentity {
	readonly pid: number;
	/** When the process started, in whatever form the system tells it. */
	readonly started: string;
	/** Host, boot and process namespace: the range in which `pid` means anything. */
	readonly place: string;
}

/** How long a sign of life from another host or container counts. Milliseconds; the signs are renewed every quarter of it. */
export const signOfLifeMilliseconds = 12_000;

let own: ProcessIdentity | undefined;

/** The running process. */
export function identifyThisProcess(): ProcessIdentity {
	own ??= { pid: process.pid, started: readProcess(process.pid)?.started ?? '', place: describePlace() };
	return own;
}

/** Whether a writer is of this host and process namespace, where its number can be looked up. */
export function isFromHere(identity: ProcessIdentity): boolean {
	return identity.place === identifyThisProcess().place;
}

/**
 * Whether the process that wrote a file still runs. One of another host or container cannot be looked up: its sign of life,
 * the file's time in epoch milliseconds, decides.
 */
export function isProcessAlive(identity: ProcessIdentity, lastSign: number): boolean {
	if (!isFromHere(identity)) return Date.now() - lastSign < signOfLifeMilliseconds;
	if (identity.pid === process.pid) return identity.started === identifyThisProcess().started;
	const found = readProcess(identity.pid);
	return found !== undefined && (identity.started === '' || found.started === identity.started);
}

/** A process of this host, or undefined when there is none or only its remains (a zombie) are left. */
export function readProcess(pid: number): { readonly started: string } | undefined {
	if (!isSignalable(pid)) return undefined;
	if (process.platform === 'linux') return readLinuxProcess(pid);
	if (process.platform === 'win32') return { started: '' };
	const listing = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], {
		encoding: 'utf8',
		env: { LC_ALL: 'C', PATH: '/bin:/usr/bin' },
	});
	const line = (listing.stdout ?? '').trim();
	return line === '' || line.startsWith('Z') ? undefined : { started: line.replace(/^\S+\s+/, '') };
}

function isSignalable(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

function readLinuxProcess(pid: number): { readonly started: string } | undefined {
	const stat = readOr(() => readFileSync(`/proc/${pid}/stat`, 'latin1'), undefined);
	if (stat === undefined) return isSignalable(pid) ? { started: '' } : undefined;
	// The second field is the program's name in parentheses and may hold anything: see proc_pid_stat(5).
	const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return state === 'Z' || state === 'X' ? undefined : { started: rest[18] ?? '' };
}

function describePlace(): string {
	const boot = readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(), '');
	const namespace = readOr(() => readlinkSync('/proc/self/ns/pid'), '');
	return [hostname(), boot, namespace].join(' ');
}

// /proc is missing on other systems, and an entry of it may vanish at any time.
function readOr<Value, Otherwise>(read: () => Value, otherwise: Otherwise): Value | Otherwise {
	try {
		return read();
	} catch {
		return otherwise;
	}
}
