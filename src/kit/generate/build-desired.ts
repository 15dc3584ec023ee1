import type { Catalog, PlannedStatement } from '../catalog/catalog.ts';
import { compareObjects } from '../catalog/compare-objects.ts';
import { planCatalogChange } from '../catalog/plan-catalog-change.ts';
import { readCatalog, readObjects } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { MigrationSqlFailed } from '../reverse/run-migration-sql.ts';
import { runStatements } from './build-modelled.ts';

/** What decides where a migration should arrive. */
export interface DesiredSubject {
	readonly before: ScratchDatabase;
	/** The last snapshot made from nothing. Is changed. */
	readonly modelledBefore: ScratchDatabase;
	/** The TypeScript schema made from nothing. */
	readonly modelledAfter: ScratchDatabase;
	/** The renames among the migration's statements. */
	readonly renameStatements: readonly string[];
	readonly ignoreSchemas: readonly string[];
}

/** A database in which a migration should arrive, or why none can be made. */
export type Desired =
	| { readonly kind: 'known'; readonly database: ScratchDatabase }
	| { readonly kind: 'unknown'; readonly reason: string };

/**
 * Where a migration should arrive: at the TypeScript schema, with everything that the state before has beyond its snapshot
 * (triggers and whatever else was written by hand, constraints that kept an old name). Where there is nothing of the kind
 * that is the TypeScript schema made from nothing itself.
 */
export async function buildDesired(subject: DesiredSubject): Promise<Desired> {
	const { before, modelledBefore, modelledAfter, renameStatements, ignoreSchemas } = subject;
	if (await isSame(before, modelledBefore, ignoreSchemas)) return { kind: 'known', database: modelledAfter };
	const read = (each: ScratchDatabase) => readCatalog(each.pool(), { ignoreSchemas });
	const database = await before.copy();
	try {
		await runStatements(database, renameStatements);
		await runStatements(modelledBefore, renameStatements);
		const [from, to] = await Promise.all([read(modelledBefore), read(modelledAfter)]);
		const change = await planChange(from, to);
		await runStatements(
			database,
			change.map(({ sql }) => sql),
		);
		return { kind: 'known', database };
	} catch (error) {
		await database.drop();
		if (error instanceof MigrationSqlFailed || error instanceof PlanFailed)
			return { kind: 'unknown', reason: error.message };
		throw error;
	}
}

async function isSame(
	one: ScratchDatabase,
	other: ScratchDatabase,
	ignoreSchemas: readonly string[],
): Promise<boolean> {
	const [actual, expected] = await Promise.all([
		readObjects(one.pool(), { ignoreSchemas }),
		readObjects(other.pool(), { ignoreSchemas }),
	]);
	return (await compareObjects(actual, expected)).length === 0;
}

class PlanFailed extends Error {}

async function planChange(from: Catalog, to: Catalog): Promise<readonly PlannedStatement[]> {
	try {
		return await planCatalogChange(from, to);
	} catch (error) {
		throw new PlanFailed(error instanceof Error ? error.message : String(error), { cause: error });
	}
}
