import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
	chmodSync,
	copyFileSync,
	existsSync,
	mkdirSync,
	readlinkSync,
	realpathSync,
	renameSync,
	rmSync,
	statSync,
	symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CompanionError } from '../../errors.ts';
import type { OnProgress } from '../../progress.ts';
import type { Account } from './choose-account.ts';
import type { Binaries } from './find-binaries.ts';
import { linkLibraries } from './link-libraries.ts';
import { digestFiles, isIntact, isSafe, listFiles, type StagedFile } from './staged-files.ts';

/**
 * The programs at a place from which the server's account can run them: where they are installed, or, when that account
 * cannot get there, a copy that belongs to root and that nobody else can write to.
 *
 * The copy is named after a digest of every file's name, size and mode, and is compared with it before each use.
 * @throws CompanionError `DATABASE_UNREACHABLE` when there is no place for the copy.
 */
export function stageBinaries(binaries: Binaries, options: StageOptions): Binaries {
	const { account, places = usualPlaces(), onProgress } = options;
	linkLibraries(binaries.native);
	if (account === undefined || isReachable(binaries.native, account)) return binaries;
	const files = listFiles(binaries.native);
	const name = `postgresql-${binaries.packageVersion}-${digestFiles(files)}`;
	const copy: Copy = { source: binaries.native, files, name, account, places };
	return { ...binaries, native: findCopy(copy) ?? makeCopy(copy, onProgress) };
}

export interface StageOptions {
	/** Whom the programs are to run as; undefined for the running user. */
	readonly account: Account | undefined;
	/** Folders in which a copy may be made, best first. */
	readonly places?: readonly string[];
	readonly onProgress?: OnProgress | undefined;
}

interface Copy {
	readonly places: readonly string[];
	readonly source: string;
	readonly files: readonly StagedFile[];
	readonly name: string;
	readonly account: Account;
}

// Kept from one command to the next where the system allows it; a read-only container usually has a writable /tmp.
function usualPlaces(): readonly string[] {
	return ['/var/cache', '/var/lib', tmpdir(), '/tmp'].map((folder) => join(folder, 'drizzle-companion'));
}

function findCopy({ name, files, places }: Copy): string | undefined {
	return places
		.map((place) => join(place, name))
		.find((native) => existsSync(native) && isIntact(native, files));
}

function makeCopy(copy: Copy, onProgress: OnProgress | undefined): string {
	const reasons: string[] = [];
	for (const place of copy.places) {
		try {
			onProgress?.({ message: `copying the embedded PostgreSQL's programs to ${place}` });
			return makeCopyIn(place, copy);
		} catch (error) {
			reasons.push((error as Error).message);
		}
	}
	throw new CompanionError(
		'DATABASE_UNREACHABLE',
		'PostgreSQL does not run as root, and there is no place where another user could run its programs.',
		{
			hint: 'Run the command as an ordinary user, move the project out of the private home, or set DATABASE_URL.',
			details: { reasons },
		},
	);
}

function makeCopyIn(place: string, copy: Copy): string {
	if (mkdirSync(place, { recursive: true, mode: 0o755 }) !== undefined) chmodSync(place, 0o755);
	if (!isSafe(place)) throw new Error(`${place} can be changed by others than root`);
	const native = join(place, copy.name);
	replaceCopy(native, copy);
	const program = join(native, 'bin', 'postgres');
	// Where files may not be run (noexec), or the account cannot get to, this fails.
	const { status, error } = spawnSync(program, ['--version'], { ...copy.account, cwd: '/', env: {} });
	if (status === 0) return native;
	rmSync(native, { recursive: true, force: true });
	throw new Error(`${program} cannot be run: ${error?.message ?? `exit ${status}`}`);
}

function isReachable(path: string, account: Account): boolean {
	const real = realpathSync(path);
	const program = join(real, 'bin', process.platform === 'win32' ? 'postgres.exe' : 'postgres');
	if (!allows(program, account, 0o5)) return false;
	for (let folder = dirname(program); ; folder = dirname(folder)) {
		if (!allows(folder, account, 0o1)) return false;
		if (folder === dirname(folder)) return true;
	}
}

function allows(path: string, account: Account, wanted: number): boolean {
	const { uid, gid, mode } = statSync(path);
	const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
	return ((mode >> shift) & wanted) === wanted;
}

// Complete under another name first: a copy with the final name is never half made.
function replaceCopy(native: string, { source, files }: Copy): void {
	const draft = `${native}.${randomBytes(4).toString('hex')}`;
	try {
		mkdirSync(draft);
		for (const file of files) copyOne(join(source, file.path), join(draft, file.path), file);
		chmodSync(draft, 0o755);
		if (existsSync(native) && !isIntact(native, files)) renameSync(native, `${draft}.broken`);
		renameSync(draft, native);
	} catch (error) {
		// Another command was quicker.
		if (!existsSync(native) || !isIntact(native, files)) throw error;
	} finally {
		rmSync(draft, { recursive: true, force: true });
		rmSync(`${draft}.broken`, { recursive: true, force: true });
	}
}

function copyOne(from: string, to: string, file: StagedFile): void {
	if (file.signature.startsWith('link ')) {
		symlinkSync(readlinkSync(from), to);
		return;
	}
	if (file.isFolder) mkdirSync(to);
	else copyFileSync(from, to);
	chmodSync(to, file.isFolder || file.signature.endsWith('x') ? 0o755 : 0o644);
}
