import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { runMigrationSql } from './run-migration-sql.ts';

export interface MoveForwardOptions {
	/** Whether nobody needs the state before any longer: then that database itself moves on, which spares a copy of it. */
	readonly isBeforeSpent?: boolean | undefined;
}

/**
 * The state after a migration: a copy of the database before, which the caller drops, or that database itself.
 * @throws MigrationSqlFailed
 */
export async function moveForward(
	before: ScratchDatabase,
	upSql: string,
	{ isBeforeSpent }: MoveForwardOptions,
): Promise<ScratchDatabase> {
	if (isBeforeSpent) {
		await runMigrationSql(before.pool(), upSql);
		return before;
	}
	const after = await before.copy();
	try {
		await runMigrationSql(after.pool(), upSql);
		return after;
	} catch (error) {
		await after.drop();
		throw error;
	}
}
