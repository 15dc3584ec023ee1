import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CompanionError } from '../../errors.ts';
import type { Home } from './open-home.ts';

export interface ProgramOptions {
	readonly home: Home;
	readonly program: string;
	/** Makes the arguments; `reach` turns a path of the home into one that the program can open. */
	readonly arguments: (reach: (path: string) => string) => readonly string[];
	/** File descriptors for stdout and stderr, or pipes. */
	readonly output: 'pipe' | number;
}

/**
 * Starts one of PostgreSQL's programs as the server's account, away from the working directory and the user's environment.
 *
 * The account may be unable to enter the folders above the home (`/root` has mode 700). It inherits the open folder instead
 * and reaches the files through `/proc/self/fd/3`, for which the folders above need no permission.
 */
export function runProgram(options: ProgramOptions): ChildProcess {
	const { home, account } = { home: options.home, account: options.home.account };
	const inherits = account !== undefined && process.platform === 'linux';
	const folder = inherits ? openSync(home.folder, 'r') : undefined;
	const reach = (path: string) => (inherits ? join('/proc/self/fd/3', path.slice(home.folder.length)) : path);
	const settings: SpawnOptions = {
		cwd: process.platform === 'win32' ? dirname(options.program) : '/',
		env: makeEnvironment(),
		// A session of its own, out of reach of a Ctrl-C meant for the command. On Windows that would be a new console.
		detached: process.platform !== 'win32',
		stdio: ['ignore', options.output, options.output, ...(folder === undefined ? [] : [folder])],
		windowsHide: true,
		...account,
	};
	try {
		return spawn(options.program, options.arguments(reach), settings);
	} finally {
		if (folder !== undefined) closeSync(folder);
	}
}

/** What a program that could not even be started is reported as. */
export function describeFailedStart(program: string, cause: NodeJS.ErrnoException): CompanionError {
	return new CompanionError('DATABASE_UNREACHABLE', `${program} cannot be run: ${cause.message}`, {
		hint:
			cause.code === 'ENOENT'
				? 'Its programs need glibc (on Alpine Linux there is none): use a Debian-based image, or set DATABASE_URL and SHADOW_DATABASE_URL to a PostgreSQL server.'
				: 'Install the dependencies again, or set DATABASE_URL and SHADOW_DATABASE_URL to a PostgreSQL server.',
		cause,
	});
}

// Nothing of the user's: PGDATA, PGOPTIONS, LC_*, TZ and LD_LIBRARY_PATH would all change what the programs do.
function makeEnvironment(): NodeJS.ProcessEnv {
	if (process.platform !== 'win32') return { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' };
	const kept = Object.entries(process.env).filter(([name]) => !/^(PG|LC_|LANG$|TZ$)/i.test(name));
	return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}
