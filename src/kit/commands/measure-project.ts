import type { Config } from '../config/config.ts';
import type { Session } from '../database/session.ts';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import type { MeasuredMigration, MeasureOptions } from '../locks/measure-migrations.ts';
import { addTableSizes, readTableSizes } from '../locks/read-table-sizes.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';

/** What was measured, or why nothing was. */
export type Measuring<Notes> =
	| { readonly measured: readonly MeasuredMigration<Notes>[] }
	| { readonly failure: CompanionError };

/**
 * What migrations of a project lock, measured on the server for scratch databases. A server that cannot be had, or an earlier
 * migration that does not run, is no reason to stop: the caller says so and goes on without.
 */
export async function measureProject<Notes = undefined>(
	config: Config,
	journal: Journal,
	options: MeasureOptions<Notes> & { readonly signal?: AbortSignal | undefined },
): Promise<Measuring<Notes>> {
	if (config.isProduction && config.shadowUrl === undefined) return { failure: refuseProduction() };
	const { openScratchServer } = await import('../database/scratch/open-scratch-server.ts');
	const { scratchLocation } = await import('../database/scratch/scratch-location.ts');
	const { measureMigrations } = await import('../locks/measure-migrations.ts');
	const { onProgress, signal } = options;
	try {
		const server = await openScratchServer(scratchLocation(config), { onProgress, signal });
		try {
			return { measured: await measureMigrations(server, journal, options) };
		} finally {
			await server.close();
		}
	} catch (error) {
		if (error instanceof CompanionError && error.code !== 'INTERRUPTED') return { failure: error };
		throw error;
	}
}

/** What some migrations lock, as `show` and the plan of `migrate` tell it. */
export interface MigrationLocks {
	/** In the journal's order. */
	readonly migrations: readonly { readonly tag: string; readonly locks: readonly StatementLocks[] }[];
	/** Why nothing was measured. */
	readonly notice?: string;
}

/** Measures the migrations with these tags, and adds the sizes of the live database's tables. */
export async function measureTags(
	{ config, session }: { readonly config: Config; readonly session: Session },
	journal: Journal,
	{
		tags,
		...options
	}: Pick<MeasureOptions<undefined>, 'onProgress'> & {
		readonly tags: readonly string[];
		readonly signal?: AbortSignal | undefined;
	},
): Promise<MigrationLocks> {
	const chosen = journal.migrations.filter(({ tag, up }) => tags.includes(tag) && up !== undefined);
	const [first, last] = [chosen[0], chosen.at(-1)];
	if (first === undefined || last === undefined) return { migrations: [] };
	const measuring = await measureProject(config, journal, { ...options, from: first.index, to: last.index });
	if ('failure' in measuring)
		return { migrations: [], notice: `Locks were not measured: ${measuring.failure.message}` };
	const sizes = await readTableSizes(session);
	return {
		migrations: measuring.measured
			.filter(({ migration }) => tags.includes(migration.tag))
			.map(({ migration, locks }) => ({ tag: migration.tag, locks: addTableSizes(locks, sizes) })),
	};
}

function refuseProduction(): CompanionError {
	return new CompanionError(
		'DATABASE_URL_MISSING',
		'NODE_ENV is production and SHADOW_DATABASE_URL is not set, so that there is no server for scratch databases.',
		{ hint: 'Set SHADOW_DATABASE_URL, or run the command on a machine of a developer.' },
	);
}
