import { describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import { planCatalogChange } from '../catalog/plan-catalog-change.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { OnProgress } from '../progress.ts';
import { openTrial, type Trial } from './open-trial.ts';
import { recallCatalog } from './remember-catalog.ts';
import { isTransactional, MigrationSqlFailed } from './run-migration-sql.ts';

export interface ProveForwardOptions {
	/** The state before; left as it is. */
	readonly before: ScratchDatabase;
	readonly upSql: string;
	/** The new schema, built from nothing; left as it is. */
	readonly desired: ScratchDatabase;
	readonly onProgress?: OnProgress;
	readonly ignoreSchemas?: readonly string[];
}

export type ForwardProof =
	| { readonly kind: 'arrives' }
	| {
			readonly kind: 'repaired';
			/** In order, each with its closing semicolon. */
			readonly statements: readonly string[];
			/** The statement that failed and why, or what the SQL arrived at instead. */
			readonly because: string;
	  }
	| { readonly kind: 'refused'; readonly because: string };

/** Whether a migration's SQL runs on the state before and arrives at the desired one; other SQL that does where it does not. */
export async function proveForward(options: ProveForwardOptions): Promise<ForwardProof> {
	const ignoreSchemas = options.ignoreSchemas ?? [];
	const desired = await recallCatalog(options.desired, { ignoreSchemas });
	const because = await tryUp(options, ignoreSchemas, desired);
	if (because === undefined) return { kind: 'arrives' };
	const before = await recallCatalog(options.before, { ignoreSchemas });
	const trial = await openTrial(options.before, { ignoreSchemas, isTransactional: true });
	try {
		const statements = (await planCatalogChange(before, desired)).map(({ sql }) => sql);
		await trial.run(statements.join('\n'));
		const differences = await describeObjectDifferences(await trial.readObjects(), desired);
		if (differences.length > 0) return { kind: 'refused', because: `${because}; ${differences[0]?.words}` };
		return { kind: 'repaired', statements, because };
	} catch (error) {
		return {
			kind: 'refused',
			because: `${because}; ${error instanceof Error ? error.message : String(error)}`,
		};
	} finally {
		await trial.close();
	}
}

async function tryUp(
	{ before, upSql }: ProveForwardOptions,
	ignoreSchemas: readonly string[],
	desired: Parameters<typeof describeObjectDifferences>[1],
): Promise<string | undefined> {
	let trial: Trial | undefined;
	try {
		trial = await openTrial(before, { ignoreSchemas, isTransactional: await isTransactional(upSql) });
		await trial.run(upSql);
		const differences = await describeObjectDifferences(await trial.readObjects(), desired);
		return differences.length === 0 ? undefined : differences.map(({ words }) => words).join('; ');
	} catch (error) {
		if (!(error instanceof MigrationSqlFailed)) throw error;
		return `${error.failure.statement.split('\n')[0]} fails: ${error.failure.message}`;
	} finally {
		await trial?.close();
	}
}
