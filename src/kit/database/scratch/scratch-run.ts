import { CompanionError } from '../../errors.ts';
import type { AdminSession } from './admin-session.ts';
import { copyDatabase } from './copy-database.ts';
import { makeScratchDatabase } from './make-scratch-database.ts';
import type { ScratchDatabase } from './open-scratch-server.ts';
import { labelConnection, type ResolvedConnection } from './resolve-connection.ts';
import { nameScratchDatabase } from './scratch-names.ts';

/** The scratch databases of one opened server. */
export interface ScratchRun {
	readonly admin: AdminSession;
	readonly connection: ResolvedConnection;
	/** A new scratch database, a copy of `template`. */
	create(template: string): Promise<ScratchDatabase>;
	forget(database: ScratchDatabase): void;
	/** Those not yet dropped. */
	standing(): readonly ScratchDatabase[];
}

/** Starts counting databases under a run's name. */
export function startScratchRun(
	run: string,
	admin: AdminSession,
	connection: ResolvedConnection,
): ScratchRun {
	const standing = new Set<ScratchDatabase>();
	let made = 0;
	const self: ScratchRun = {
		admin,
		connection,
		create: async (template) => {
			made += 1;
			const name = nameScratchDatabase(run, made);
			await copyDatabase(admin, template, name).catch((error) => {
				throw describeFailure(connection, error);
			});
			const database = makeScratchDatabase(self, name);
			standing.add(database);
			return database;
		},
		forget: (database) => standing.delete(database),
		standing: () => [...standing],
	};
	return self;
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
