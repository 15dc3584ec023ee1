import { describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import type { ScratchDatabase, ScratchServer } from '../database/scratch/open-scratch-server.ts';
import { CompanionError } from '../errors.ts';
import type { Journal } from '../journal/journal.ts';
import { measureLocks } from '../locks/measure-locks.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { OnProgress } from '../progress.ts';
import { recallObjects } from '../reverse/remember-catalog.ts';
import { type DownProposal, reverseMigration } from '../reverse/reverse-migration.ts';
import { MigrationSqlFailed, runMigrationSql } from '../reverse/run-migration-sql.ts';
import { buildStateBefore } from './build-state-before.ts';
import { toSql } from './in-modelled.ts';

/** Steps that together do what the plain statements do. */
export interface StepsToProve {
	readonly server: ScratchServer;
	readonly journal: Journal;
	readonly plain: readonly string[];
	readonly steps: readonly { readonly tag: string; readonly statements: readonly string[] }[];
}

export interface ProvenStep {
	readonly statements: readonly string[];
	readonly down: DownProposal & { readonly serverVersion: string };
	readonly locks: readonly StatementLocks[];
	readonly notices: readonly string[];
}

/**
 * Proves that steps, each a migration of its own, arrive where the plain statements do, and proves the way back of each from the
 * state that the one before it leaves. Measures what each locks.
 * @throws CompanionError `GENERATE_FAILED` when a step does not run, or the last does not arrive
 */
export async function proveSteps(
	{ server, journal, plain, steps }: StepsToProve,
	{
		ignoreSchemas,
		onProgress,
	}: { readonly ignoreSchemas: readonly string[]; readonly onProgress?: OnProgress },
): Promise<readonly ProvenStep[]> {
	const progress = onProgress === undefined ? {} : { onProgress };
	let state = await buildStateBefore(server, journal, onProgress);
	const destination = await state.copy();
	await runMigrationSql(destination.pool(), await toSql(destination, plain)).catch(explain);
	const proven: ProvenStep[] = [];
	for (const [place, { tag, statements }] of steps.entries()) {
		onProgress?.({ message: 'proving the steps', current: place, total: steps.length });
		const before = state;
		const upSql = await toSql(before, statements);
		const locks = await measureLocks({ before, upSql });
		const reversed = await reverseMigration({ before, upSql, tag, ignoreSchemas, ...progress }).catch(
			explain,
		);
		const down = { ...reversed.down, serverVersion: server.serverVersion };
		proven.push({ statements, down, locks, notices: reversed.problems });
		state = reversed.after;
		await before.drop();
	}
	await refuseElsewhere(state, destination, ignoreSchemas);
	return proven;
}

async function refuseElsewhere(
	arrived: ScratchDatabase,
	destination: ScratchDatabase,
	ignoreSchemas: readonly string[],
): Promise<void> {
	const read = (database: ScratchDatabase) => recallObjects(database, { ignoreSchemas });
	const differences = await describeObjectDifferences(await read(arrived), await read(destination));
	if (differences.length > 0) throw refuse(`after it, ${differences.map(({ words }) => words).join('; ')}`);
}

function explain(error: unknown): never {
	if (!(error instanceof MigrationSqlFailed)) throw error;
	throw refuse(`${error.failure.message}\n${error.failure.statement}`, error);
}

function refuse(reason: string, cause?: unknown): CompanionError {
	return new CompanionError('GENERATE_FAILED', `The safe form of this change does not hold: ${reason}`, {
		hint: 'Nothing was written. Make the change in smaller steps, or in its plain form: pnpm db:generate without --safe.',
		details: { reason },
		cause,
	});
}
