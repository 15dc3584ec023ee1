import type { ScratchDatabase, ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { buildStateBefore } from '../generate/build-state-before.ts';
import { replayMigrations, requireUpFiles } from '../generate/replay-migrations.ts';
import type { Journal } from '../journal/journal.ts';
import type { Migration } from '../journal/migration.ts';
import type { OnProgress } from '../progress.ts';
import { SqlSyntaxError } from '../sql/parse-statements.ts';
import { measureInPlace, measureLocks } from './measure-locks.ts';
import type { StatementLocks } from './statement-locks.ts';

/** One migration, measured. */
export interface MeasuredMigration<Notes = undefined> {
	readonly migration: Migration;
	readonly locks: readonly StatementLocks[];
	/** What `inspect` found in the state before it. */
	readonly notesBefore?: Notes;
	/** What it found in the state after it; absent when the migration does not run. */
	readonly notesAfter?: Notes;
}

export interface MeasureOptions<Notes> {
	/** The first migration to measure, by its place in the journal. */
	readonly from: number;
	/** The last one. Default: the journal's. */
	readonly to?: number;
	/** Looks at the state before the first migration and after each. */
	readonly inspect?: (database: ScratchDatabase) => Promise<Notes>;
	readonly onProgress?: OnProgress;
}

/**
 * What the migrations from a place on lock, rewrite and scan, each measured in the state that those before it leave. The cost is
 * linear in their number; those before the place come from the cache. Ends at the first that does not run.
 * @throws CompanionError `STATEMENT_FAILED` when a migration before the place does not run, `MIGRATION_FILE_NOT_FOUND`
 */
export async function measureMigrations<Notes = undefined>(
	server: ScratchServer,
	journal: Journal,
	options: MeasureOptions<Notes>,
): Promise<readonly MeasuredMigration<Notes>[]> {
	const { from, to = journal.migrations.length - 1, inspect, onProgress } = options;
	const measured: MeasuredMigration<Notes>[] = [];
	let database = await buildStateBefore(server, takeFirst(journal, from), onProgress);
	let notesBefore = await inspect?.(database);
	const chosen = journal.migrations.slice(from, to + 1);
	for (const [place, migration] of chosen.entries()) {
		onProgress?.({ message: 'measuring locks', current: place, total: chosen.length });
		const [file] = requireUpFiles([migration]);
		if (file === undefined) continue;
		let locks = await measureOrRefuse(database, file.sql);
		if (locks === undefined) break;
		if (hasFailed(locks)) {
			await database.drop();
			database = await buildStateBefore(server, takeFirst(journal, migration.index), onProgress);
			locks = await measureLocks({ before: database, upSql: file.sql });
			if (!hasFailed(locks)) await replayMigrations(database, [file]);
		}
		const notesAfter = hasFailed(locks) ? undefined : await inspect?.(database);
		measured.push({
			...{ migration, locks },
			...(notesBefore === undefined ? {} : { notesBefore }),
			...(notesAfter === undefined ? {} : { notesAfter }),
		});
		notesBefore = notesAfter;
		if (hasFailed(locks)) break;
	}
	await database.drop();
	return measured;
}

/** Undefined: the parser refuses the SQL, which whoever parses it next will say. */
async function measureOrRefuse(
	database: ScratchDatabase,
	sql: string,
): Promise<readonly StatementLocks[] | undefined> {
	return await measureInPlace(database, sql).catch((error: unknown) => {
		if (error instanceof SqlSyntaxError) return undefined;
		throw error;
	});
}

function takeFirst(journal: Journal, count: number): Journal {
	return { ...journal, migrations: journal.migrations.slice(0, count) };
}

function hasFailed(locks: readonly StatementLocks[]): boolean {
	return locks.at(-1)?.failure !== undefined;
}
