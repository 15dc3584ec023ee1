import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import type { Migration, UpFile } from '../journal/migration.ts';
import { nameUpFile } from '../journal/name-files.ts';
import type { OnProgress } from '../progress.ts';
import { MigrationSqlFailed, runMigrationSql, type SqlFailure } from '../reverse/run-migration-sql.ts';
import { locate } from '../run/locate.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { countTogether, replayTogether } from './replay-together.ts';
import { skipExistingRoles } from './skip-existing-roles.ts';

/**
 * Runs up files in a scratch database, oldest first, each as if in a session of its own.
 * @throws CompanionError `STATEMENT_FAILED` naming file and statement
 */
export async function replayMigrations(
	database: ScratchDatabase,
	files: readonly TaggedUpFile[],
	onProgress: OnProgress = () => {},
): Promise<void> {
	for (let done = 0; done < files.length; ) {
		onProgress({ message: 'replaying the migrations', current: done, total: files.length });
		const next = files.slice(done, done + Math.max(1, await countTogether(files.slice(done))));
		if (!(await replayTogether(database, next)))
			for (const file of next) await replayMigration(database, file);
		done += next.length;
	}
}

export interface TaggedUpFile extends UpFile {
	readonly tag: string;
}

/** The up files of migrations. @throws CompanionError `MIGRATION_FILE_NOT_FOUND` */
export function requireUpFiles(migrations: readonly Migration[]): readonly TaggedUpFile[] {
	return migrations.map((migration) => {
		const { tag, up } = migration;
		if (up !== undefined) return { tag, ...up };
		throw new CompanionError('MIGRATION_FILE_NOT_FOUND', `${nameUpFile(migration)} is missing.`, {
			hint: 'Restore it from version control.',
			details: { tag },
		});
	});
}

/** Runs the text of an up file. @throws MigrationSqlFailed */
export async function replaySql(database: ScratchDatabase, text: string): Promise<void> {
	const sql = await skipExistingRoles(database, endStatementsAtBreakpoints(text));
	await runMigrationSql(database.pool(), sql);
}

async function replayMigration(database: ScratchDatabase, file: TaggedUpFile): Promise<void> {
	try {
		await replaySql(database, file.sql);
	} catch (error) {
		throw error instanceof MigrationSqlFailed ? explainReplay(error, file) : error;
	}
}

function explainReplay(cause: MigrationSqlFailed, { tag, file, sql }: TaggedUpFile): CompanionError {
	const { failure } = cause;
	const { line, column, text } = locate(sql, failure.offset);
	return new CompanionError(
		'STATEMENT_FAILED',
		`${file}:${line}:${column}: ${failure.message} (while the existing migrations were replayed in a scratch database)`,
		{
			hint: explainRemedy(failure, tag),
			details: {
				...{ tag, file, line, column, text, statement: failure.statement, message: failure.message },
				...(failure.sqlstate === undefined ? {} : { sqlState: failure.sqlstate }),
				...(failure.detail === undefined ? {} : { detail: failure.detail }),
				...(failure.hint === undefined ? {} : { postgresHint: failure.hint }),
			},
			cause,
		},
	);
}

function explainRemedy({ sqlstate, message }: SqlFailure, tag: string): string {
	if (/extension ".*" is not available|could not open extension control file/.test(message))
		return 'The embedded PostgreSQL does not have this extension: set SHADOW_DATABASE_URL to a server that has it.';
	if (sqlstate === '42501') return 'Set SHADOW_DATABASE_URL to a server where your role may do this.';
	return `A new database cannot be migrated past ${tag}. Mend it, or set SHADOW_DATABASE_URL to a server on which it runs.`;
}
