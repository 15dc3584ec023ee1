import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The system account that the server runs as, and that owns its files. */
export interface Account {
	readonly uid: number;
	readonly gid: number;
}

/**
 * The account for a server in `folder`, or undefined where this process's own will do. PostgreSQL refuses to run as root, so
 * for root it is the owner of the cluster, else of the project (who can then use the same server), else `nobody`.
 */
export function chooseAccount(folder: string): Account | undefined {
	if (process.getuid?.() !== 0) return undefined;
	// PostgreSQL insists on running as the owner of its data.
	const data = statSync(join(folder, 'data'), { throwIfNoEntry: false });
	if (data !== undefined && data.uid !== 0) return { uid: data.uid, gid: data.gid };
	const accounts = readAccounts();
	const owner = findOrdinaryOwner(folder);
	const account =
		accounts.find(({ uid }) => uid === owner) ??
		accounts.find(({ name, uid }) => name === 'nobody' && uid !== 0);
	return account === undefined ? { uid: 65534, gid: 65534 } : { uid: account.uid, gid: account.gid };
}

// initdb looks its own user up and fails for one without a name.
function readAccounts(): readonly (Account & { readonly name: string })[] {
	return readTextIfPresent('/etc/passwd')
		.split('\n')
		.map((line) => line.split(':'))
		.filter((fields) => fields.length > 3)
		.map((fields) => ({ name: fields[0] ?? '', uid: Number(fields[2]) >>> 0, gid: Number(fields[3]) >>> 0 }));
}

function readTextIfPresent(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
		throw error;
	}
}

/** The nearest owner, going up, who is not root. */
function findOrdinaryOwner(path: string): number | undefined {
	const stat: Stats | undefined = statSync(path, { throwIfNoEntry: false });
	if (stat !== undefined && stat.uid !== 0) return stat.uid;
	return path === dirname(path) ? undefined : findOrdinaryOwner(dirname(path));
}
