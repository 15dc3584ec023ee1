import type { Difference } from '../catalog/catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Loss, Reversibility } from '../journal/migration.ts';
import type { OnProgress } from '../progress.ts';
import { classify } from './classify.ts';
import { readShapes } from './fill/read-table-shapes.ts';
import { proveAsIs, proveOnRows } from './prove-migration.ts';
import { recallCatalog, rememberCatalog } from './remember-catalog.ts';
import { runMigrationSql, type SqlFailure } from './run-migration-sql.ts';

export interface ProveDownOptions {
	/** The state before; left as it is. */
	readonly before: ScratchDatabase;
	readonly upSql: string;
	readonly downSql: string;
	/** What the down file's header says. */
	readonly declared: { readonly reversibility: Reversibility; readonly loses: readonly Loss[] };
	readonly tag?: string;
	readonly onProgress?: OnProgress;
	readonly ignoreSchemas?: readonly string[];
}

export interface ProvenDown {
	readonly isProven: boolean;
	/** What is not as it was after up and down, or as it should be after the second up. */
	readonly differences: readonly Difference[];
	/** The statement that did not run, with its place in that SQL. */
	readonly failure?: SqlFailure & { readonly during: 'up' | 'down' | 'second up' };
	/** Tables of which rows did not come back as they were, though nothing of them counts as lost. */
	readonly changedRows: readonly string[];
	/** What it loses as measured, for a header that does not say so yet. */
	readonly measured: {
		readonly reversibility: Reversibility;
		readonly loses: readonly Loss[];
		readonly notes: readonly string[];
	};
	/** Where the header promises more than the down holds: one sentence each. */
	readonly problems: readonly string[];
	/** The state after the up. The caller drops it or goes on with it. */
	readonly after: ScratchDatabase;
}

/**
 * Proves a down that somebody wrote: up, down, up again, with the catalogs compared.
 * @throws MigrationSqlFailed when the up itself does not run
 */
export async function proveDown(options: ProveDownOptions): Promise<ProvenDown> {
	const ignoreSchemas = options.ignoreSchemas ?? [];
	const { before: database, upSql, downSql } = options;
	const before = await recallCatalog(database, { ignoreSchemas });
	const after = await database.copy();
	const run = await runMigrationSql(after.pool(), upSql);
	const catalogAfter = await recallCatalog(after, { ignoreSchemas });
	await rememberCatalog(after, catalogAfter);
	const measured = await classify({ upSql, before, after: catalogAfter, changedTables: run.changedTables });
	const migration = {
		database,
		upSql,
		downSql,
		before,
		after: catalogAfter,
		loses: measured.loses,
		changedTables: run.changedTables,
		ignoreSchemas,
		shapesAfter: await readShapes(after.query, ignoreSchemas),
	};
	const asIs = await proveAsIs(migration);
	const proof = asIs.failure || asIs.differences.length > 0 ? asIs : ((await proveOnRows(migration)) ?? asIs);
	const problems = findFalsePromises(options.declared, measured);
	const isProven =
		proof.differences.length === 0 &&
		proof.failure === undefined &&
		problems.length === 0 &&
		proof.changedRows.length === 0;
	return { isProven, ...proof, measured, problems, after };
}

function findFalsePromises(
	declared: ProveDownOptions['declared'],
	measured: { readonly reversibility: Reversibility; readonly loses: readonly Loss[] },
): readonly string[] {
	const named = new Set(declared.loses.map(({ subject, isLostByUp }) => `${isLostByUp} ${subject}`));
	const missing = measured.loses.filter(({ subject, isLostByUp }) => !named.has(`${isLostByUp} ${subject}`));
	return [
		...missing.map(({ subject }) => `The header does not name the loss of ${subject}.`),
		...(measured.reversibility === 'schema-only' && declared.reversibility !== 'schema-only'
			? ['The up changes rows, which makes the down schema-only.']
			: []),
	];
}
