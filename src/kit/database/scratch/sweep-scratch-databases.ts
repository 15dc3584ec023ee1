import type { OnProgress } from '../../progress.ts';
import type { AdminSession } from './admin-session.ts';
import { quoteIdentifier } from './quote-identifier.ts';
import { nameRunSession, readRunId } from './scratch-names.ts';

/**
 * Drops the scratch databases of runs that have ended without dropping them.
 *
 * A run opens its session before it makes its first database. The databases are therefore listed first and the sessions
 * afterwards: a run that starts in between is seen by its session.
 */
export async function sweepScratchDatabases(admin: AdminSession, onProgress?: OnProgress): Promise<void> {
	const databases = await listDatabases(admin);
	if (databases.length === 0) return;
	const sessions = await listSessionNames(admin);
	for (const { name, run } of databases) {
		if (!sessions.has(nameRunSession(run))) await dropLeftOver(admin, name, onProgress);
	}
}

async function listDatabases(
	admin: AdminSession,
): Promise<readonly { readonly name: string; readonly run: string }[]> {
	// Only the owner, or a member of the owning role, may drop a database.
	const { rows } = await admin.run(
		`SELECT datname FROM pg_database WHERE datname LIKE 'companion\\_scratch\\_%' AND pg_has_role(datdba, 'MEMBER')`,
	);
	return rows.flatMap(({ datname: name }) => {
		const run = readRunId(name);
		return run === undefined ? [] : [{ name, run }];
	});
}

async function listSessionNames(admin: AdminSession): Promise<ReadonlySet<string>> {
	const { rows } = await admin.run(
		'SELECT application_name FROM pg_stat_activity WHERE application_name IS NOT NULL',
	);
	return new Set(rows.map(({ application_name: name }) => name));
}

async function dropLeftOver(
	admin: AdminSession,
	name: string,
	onProgress: OnProgress | undefined,
): Promise<void> {
	try {
		await admin.run(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)} WITH (FORCE)`);
	} catch (error) {
		// What a run of long ago left behind (a prepared transaction, a subscription) must not stop this one.
		onProgress?.({
			message: `the scratch database ${name} of an earlier run could not be dropped: ${(error as Error).message}`,
		});
	}
}
