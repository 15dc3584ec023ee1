import type { Config } from '../config/config.ts';
import {
	openScratchServer,
	type ScratchDatabase,
	type ScratchServer,
} from '../database/scratch/open-scratch-server.ts';
import { scratchLocation } from '../database/scratch/scratch-location.ts';
import { CompanionError } from '../errors.ts';
import { buildStateBefore } from '../generate/build-state-before.ts';
import type { Journal } from '../journal/journal.ts';
import type { Migration, UpFile } from '../journal/migration.ts';
import { nameUpFile } from '../journal/name-files.ts';
import type { OnProgress } from '../progress.ts';
import { MigrationSqlFailed, runMigrationSql } from '../reverse/run-migration-sql.ts';
import { locate } from '../run/locate.ts';

export interface WalkOptions {
	readonly config: Config;
	readonly journal: Journal;
	/** The first migration to stop at; those before it come from the cache. */
	readonly from: number;
	readonly onProgress?: OnProgress | undefined;
	readonly signal?: AbortSignal | undefined;
}

/** What is done at a migration. Gives the state after it, which the walk goes on with and drops. */
export type Visit = (
	migration: Migration & { readonly up: UpFile },
	before: ScratchDatabase,
) => Promise<ScratchDatabase>;

/**
 * Moves one scratch database forward through the migrations, oldest first, and stops at each: the cost grows with the number of
 * migrations and no faster.
 * @returns what `finish` makes of the state after the last one
 * @throws CompanionError `MIGRATION_FILE_NOT_FOUND`; `STATEMENT_FAILED` when a migration does not run in a scratch database
 */
export async function walkMigrations<Result>(
	{ config, journal, from, onProgress, signal }: WalkOptions,
	visit: Visit,
	finish: (state: ScratchDatabase, server: ScratchServer) => Promise<Result>,
): Promise<Result> {
	const server = await openScratchServer(scratchLocation(config), { onProgress, signal });
	try {
		let state = await buildStateBefore(
			server,
			{ ...journal, migrations: journal.migrations.slice(0, from) },
			onProgress,
		);
		for (const migration of journal.migrations.slice(from)) {
			signal?.throwIfAborted();
			const before = state;
			state = await explainFailure(migration, () => visit(requireUp(migration), before));
			if (state !== before) await before.drop();
		}
		return await finish(state, server);
	} finally {
		await server.close();
	}
}

/** Runs a migration in the state before it, without stopping there. */
export async function passMigration(
	{ up }: { readonly up: UpFile },
	state: ScratchDatabase,
): Promise<ScratchDatabase> {
	await runMigrationSql(state.pool(), up.sql);
	return state;
}

function requireUp(migration: Migration): Migration & { readonly up: UpFile } {
	if (migration.up !== undefined) return { ...migration, up: migration.up };
	throw new CompanionError('MIGRATION_FILE_NOT_FOUND', `${nameUpFile(migration)} is missing.`, {
		hint: 'Restore the file from version control.',
	});
}

async function explainFailure<Result>({ tag, up }: Migration, work: () => Promise<Result>): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof MigrationSqlFailed) || up === undefined) throw error;
		const { failure } = error;
		const place = locate(up.sql, failure.offset);
		throw new CompanionError(
			'STATEMENT_FAILED',
			`${up.file}:${place.line}:${place.column}: ${failure.message} (in a scratch database, in the state before ${tag})`,
			{
				hint: /extension .* is not available/.test(failure.message)
					? 'Set SHADOW_DATABASE_URL to a server that has the extension.'
					: 'Mend the file, or set SHADOW_DATABASE_URL to a server on which it runs.',
				details: {
					tag,
					file: up.file,
					...place,
					statement: failure.statement,
					sqlState: failure.sqlstate,
					message: failure.message,
					detail: failure.detail,
					postgresHint: failure.hint,
				},
				cause: error,
			},
		);
	}
}
