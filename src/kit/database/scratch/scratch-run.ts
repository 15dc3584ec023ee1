import { CompanionError } from '../../errors.ts';
import type { AdminSession } from './admin-session.ts';
import { type CopyOptions, copyDatabase } from './copy-database.ts';
import { makeScratchDatabase } from './make-scratch-database.ts';
import type { ScratchDatabase } from './open-scratch-server.ts';
import { quoteIdentifier } from './quote-identifier.ts';
import { labelConnection, type ResolvedConnection } from './resolve-connection.ts';
import { nameScratchDatabase } from './scratch-names.ts';
import type { StopWatch } from './stop-on-abort.ts';

/** The scratch databases of one opened server. */
export interface ScratchRun {
	readonly admin: AdminSession;
	readonly connection: ResolvedConnection;
	/** A new scratch database, a copy of `template`. */
	create(template: string, options?: CopyOptions): Promise<ScratchDatabase>;
	/** A database that there is already, from now on one of this run under a name of its own. */
	adopt(existing: string): Promise<ScratchDatabase>;
	forget(database: ScratchDatabase): void;
	/** Those not yet dropped. */
	standing(): readonly ScratchDatabase[];
	/** To be told of a session that ended while it worked. */
	readonly noteLost: (error: Error) => void;
	/** @throws CompanionError `INTERRUPTED`, or `DATABASE_UNREACHABLE` when a session was lost */
	refuseIfDisturbed(): void;
}

/** Starts counting databases under a run's name. */
export function startScratchRun(
	run: string,
	admin: AdminSession,
	connection: ResolvedConnection,
	watch: StopWatch,
): ScratchRun {
	const standing = new Set<ScratchDatabase>();
	let made = 0;
	let lost: Error | undefined;
	const add = async (obtain: (name: string) => Promise<void>) => {
		watch.refuseIfStopped();
		made += 1;
		const name = nameScratchDatabase(run, made);
		await obtain(name).catch((error) => {
			throw describeFailure(connection, error);
		});
		const database = makeScratchDatabase(self, name);
		standing.add(database);
		return database;
	};
	const self: ScratchRun = {
		admin,
		connection,
		create: (template, options = { isClosed: false }) =>
			add((target) => copyDatabase(admin, { source: template, target }, options)),
		adopt: (existing) => add((name) => renameDatabase(admin, existing, name)),
		forget: (database) => standing.delete(database),
		standing: () => [...standing],
		noteLost: (error) => {
			lost ??= error;
		},
		refuseIfDisturbed: () => {
			watch.refuseIfStopped();
			if (lost !== undefined) throw describeLoss(connection, lost);
		},
	};
	return self;
}

/** Nobody can be connected to it before. */
async function renameDatabase(admin: AdminSession, existing: string, name: string): Promise<void> {
	await admin.run(`ALTER DATABASE ${quoteIdentifier(existing)} RENAME TO ${quoteIdentifier(name)}`);
	await admin.run(`ALTER DATABASE ${quoteIdentifier(name)} ALLOW_CONNECTIONS true`);
}

/** What was found there says nothing: a statement that fails because its session is gone may well be right. */
function describeLoss(connection: ResolvedConnection, { message }: Error): CompanionError {
	const label = labelConnection(connection);
	return new CompanionError(
		'DATABASE_UNREACHABLE',
		`A session in a scratch database at ${label} was lost while it worked: ${message}.`,
		{
			hint: 'Somebody ended it, or the server stopped; its log says more. Run the command again.',
			details: { database: label, reason: message },
		},
	);
}

function describeFailure(connection: ResolvedConnection, error: Error & { readonly code?: string }): Error {
	if (error instanceof CompanionError || error.code === '3D000') return error;
	return new CompanionError(
		'DATABASE_UNREACHABLE',
		`No scratch database can be made at ${labelConnection(connection)}: ${error.message}.`,
		{
			hint: 'Mend that, or set SHADOW_DATABASE_URL to a server where scratch databases can be made.',
			details: { database: labelConnection(connection), sqlState: error.code },
			cause: error,
		},
	);
}
