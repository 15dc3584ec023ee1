import {
	chmodSync,
	chownSync,
	existsSync,
	lchownSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	realpathSync,
	renameSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { CompanionError } from '../../errors.ts';
import { type Account, chooseAccount } from './choose-account.ts';

/** The folder of one embedded server: its cluster and everything the companion keeps beside it. */
export interface Home {
	readonly folder: string;
	/** Whom the server runs as; undefined for the running user. */
	readonly account: Account | undefined;
	/** The finished cluster. */
	readonly data: string;
	readonly password: string;
	readonly port: string;
	readonly log: string;
	/** What is in the cluster can be made again at any time: it is quick, and not safe from a power cut. */
	readonly isThrowaway: boolean;
	/** In which run of the machine a throw-away cluster was made. */
	readonly boot: string;
	/** One file for every process that uses the server. */
	readonly users: string;
	readonly lock: string;
}

/**
 * Makes the folder where needed, private to the account of its server.
 * @throws CompanionError `DATABASE_UNREACHABLE` when this user cannot use it, or somebody else's cluster is in it.
 */
export function openHome(path: string, { isThrowaway }: Pick<Home, 'isThrowaway'>): Home {
	try {
		refuseForeignCluster(path);
		const account = chooseAccount(path);
		const home = describeHome(makeHomeFolder(path, account), { account, isThrowaway });
		adoptCopy(home);
		for (const folder of [home.users, home.lock]) makePrivateFolder(folder, home.account);
		return home;
	} catch (error) {
		throw describeUnusableFolder(path, error as NodeJS.ErrnoException);
	}
}

function describeHome(folder: string, given: Pick<Home, 'account' | 'isThrowaway'>): Home {
	return {
		folder,
		...given,
		data: join(folder, 'data'),
		password: join(folder, 'password'),
		port: join(folder, 'port'),
		log: join(folder, 'server.log'),
		boot: join(folder, 'boot'),
		users: join(folder, 'users'),
		lock: join(folder, 'lock'),
	};
}

// A cluster right in the folder is what a compose file that mounts `.data/postgres` leaves there.
function refuseForeignCluster(folder: string): void {
	if (!existsSync(join(folder, 'PG_VERSION'))) return;
	throw new CompanionError(
		'DATABASE_UNREACHABLE',
		`${folder} holds a PostgreSQL cluster that the companion did not make.`,
		{
			hint: 'Set DATABASE_URL to the server that uses it, or move that folder away.',
			details: { folder },
		},
	);
}

/** Makes the folder and gives its real path: the server's process is recognised by it. */
function makeHomeFolder(path: string, account: Account | undefined): string {
	const folder = resolve(path);
	const isNew = !existsSync(folder);
	if (isNew) makeParents(dirname(folder), account);
	makePrivateFolder(folder, account);
	// Whatever the project's own .gitignore says: there is a password in here.
	if (isNew) writeFileSync(join(folder, '.gitignore'), '*\n');
	readdirSync(folder);
	return realpathSync(folder);
}

function makeParents(parent: string, account: Account | undefined): void {
	const first = mkdirSync(parent, { recursive: true });
	if (first === undefined || account === undefined) return;
	const { uid, gid } = statSync(dirname(first));
	for (let made = parent; made.length >= first.length; made = dirname(made)) chownSync(made, uid, gid);
}

/**
 * A project that root has copied (`cp -r`) holds a cluster of root's, which no server can use: PostgreSQL does not run as root. It is
 * given to the account of the server.
 */
function adoptCopy({ folder, data, account }: Home): void {
	const owner = statSync(data, { throwIfNoEntry: false })?.uid;
	if (account === undefined || owner !== 0) return;
	for (const { parentPath, name } of readdirSync(folder, { recursive: true, withFileTypes: true }))
		lchownSync(join(parentPath, name), account.uid, account.gid);
}

function makePrivateFolder(folder: string, account: Account | undefined): void {
	mkdirSync(folder, { recursive: true, mode: 0o700 });
	const { uid, mode } = statSync(folder);
	if (account !== undefined && uid !== account.uid) chownSync(folder, account.uid, account.gid);
	if ((mode & 0o077) !== 0) chmodSync(folder, 0o700);
}

/** Hands a file that this process made over to the account of the server, so that its owner can use it without root. */
export function giveToServer(home: Home, path: string): void {
	if (home.account !== undefined) chownSync(path, home.account.uid, home.account.gid);
}

/** Writes a file of the home whole or not at all. */
export function writeHomeFile(home: Home, path: string, text: string): void {
	const draft = `${path}.${process.pid}.draft`;
	writeFileSync(draft, text, { mode: 0o600 });
	giveToServer(home, draft);
	renameSync(draft, path);
}

/** The text of a file, or undefined when there is none. */
export function readIfPresent(path: string): string | undefined {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
		throw error;
	}
}

function describeUnusableFolder(folder: string, error: NodeJS.ErrnoException): Error {
	if (error instanceof CompanionError) return error;
	const hint =
		error.code === 'EACCES' || error.code === 'EPERM'
			? 'It belongs to another user: run the command as that user or as root, give the folder to this user (chown -R), or set DATABASE_URL.'
			: 'Make the folder writable, or set DATABASE_URL to a PostgreSQL server.';
	return new CompanionError(
		'DATABASE_UNREACHABLE',
		`The embedded PostgreSQL cannot use ${folder}: ${error.message}`,
		{
			hint,
			details: { folder },
			cause: error,
		},
	);
}
