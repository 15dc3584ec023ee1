import { CompanionError } from '../../errors.ts';
import type { AdminSession } from './admin-session.ts';
import { awaitNoRows } from './await-no-rows.ts';
import { quoteIdentifier } from './quote-identifier.ts';

const patienceMilliseconds = 15_000;

export interface CopyOptions {
	/** Whether nobody can be connected to the source. */
	readonly isClosed: boolean;
}

/**
 * `CREATE DATABASE target TEMPLATE source`, waiting a little for sessions of the source to end.
 * @throws CompanionError `LOCK_NOT_AVAILABLE` naming who is still connected, `DATABASE_UNREACHABLE` when the role may not
 * create databases or the server cannot.
 */
export async function copyDatabase(
	admin: AdminSession,
	{ source, target }: { readonly source: string; readonly target: string },
	{ isClosed }: CopyOptions,
): Promise<void> {
	const copy = () =>
		admin.run(`CREATE DATABASE ${quoteIdentifier(target)} TEMPLATE ${quoteIdentifier(source)}`);
	await (isClosed ? copy() : whenUnused(admin, source, copy));
	// Nothing in it has to survive a crash, and queries that are asked again and again need no plan for each set of values. Set for
	// the database, so that every session in it is quick.
	const set = `ALTER DATABASE ${quoteIdentifier(target)} SET`;
	await admin.run(`${set} synchronous_commit = off; ${set} plan_cache_mode = force_generic_plan`);
}

/** Does something that PostgreSQL allows only while nobody is connected to the database, trying again for a while. */
export async function whenUnused<Result>(
	admin: AdminSession,
	database: string,
	work: () => Promise<Result>,
): Promise<Result> {
	const deadline = performance.now() + patienceMilliseconds;
	for (;;) {
		await awaitSessionsEnd(admin, database);
		try {
			return await work();
		} catch (error) {
			// object_in_use
			if ((error as { code?: string }).code !== '55006') throw error;
			if (performance.now() > deadline) throw await describeSessions(admin, database, error);
		}
	}
}

// PostgreSQL itself would look only every 100 ms.
async function awaitSessionsEnd(admin: AdminSession, database: string): Promise<void> {
	const count = 'SELECT 1 FROM pg_stat_activity WHERE datname = $1 LIMIT 1';
	await awaitNoRows(admin, { query: count, values: [database], milliseconds: 500 });
}

async function describeSessions(
	admin: AdminSession,
	database: string,
	cause: unknown,
): Promise<CompanionError> {
	const { rows } = await admin.run(
		'SELECT pid, usename, application_name FROM pg_stat_activity WHERE datname = $1',
		[database],
	);
	const names = rows.map(({ pid, usename, application_name: name }) =>
		`${usename} ${name} (process ${pid})`.replace('  ', ' '),
	);
	return new CompanionError(
		'LOCK_NOT_AVAILABLE',
		`The database ${database} cannot be copied while others are connected to it: ${names.join(', ') || 'unknown sessions'}.`,
		{
			hint: 'Close these sessions and run the command again.',
			details: { database, sessions: names },
			cause,
		},
	);
}
