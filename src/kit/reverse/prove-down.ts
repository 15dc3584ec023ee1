import type { Difference } from '../catalog/catalog.ts';
import { keepPlans } from '../catalog/keep-plans.ts';
import { type CatalogObjects, readObjects } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Loss, Reversibility } from '../journal/migration.ts';
import type { OnProgress } from '../progress.ts';
import { classify, classifyAfterProof } from './classify.ts';
import { readShapes, type Shapes } from './fill/read-table-shapes.ts';
import { moveForward } from './move-forward.ts';
import { inTrial } from './open-trial.ts';
import type { SeenChanges } from './prove-in-trial.ts';
import { proveMigration } from './prove-migration.ts';
import { recallObjects, rememberCatalog } from './remember-catalog.ts';
import { isTransactional, type SqlFailure } from './run-migration-sql.ts';

export interface ProveDownOptions {
	/** The state before; left as it is unless it is spent. */
	readonly before: ScratchDatabase;
	/** Whether nobody needs the state before any longer: then it becomes the state after. */
	readonly isBeforeSpent?: boolean;
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
	const before = await recallObjects(database, { ignoreSchemas });
	const ahead = await lookAhead(options, ignoreSchemas);
	const facts = { upSql, before, ...ahead };
	const expected = await classify(facts);
	const { asIs, onRows } = await proveMigration({
		...{ ...facts, database, downSql, ignoreSchemas, loses: expected.loses },
		leavesOtherRows: expected.reversibility !== 'lossless',
	});
	const proof = asIs.failure || asIs.differences.length > 0 ? asIs : (onRows ?? asIs);
	const measured = await classifyAfterProof(facts, proof);
	const problems = findFalsePromises(options.declared, measured);
	const isProven = proof.differences.length === 0 && proof.failure === undefined && problems.length === 0;
	const after = await moveForward(database, upSql, options);
	await rememberCatalog(after, await readObjects(keepPlans(after.pool()), { ignoreSchemas }));
	const { differences, failure } = proof;
	return { isProven, differences, ...(failure ? { failure } : {}), measured, problems, after };
}

interface Ahead {
	readonly after: CatalogObjects;
	readonly seen: SeenChanges;
	readonly shapes: { readonly before: Shapes; readonly after: Shapes };
}

/** Runs the up on the tables as the migrations leave them, and undoes it. */
async function lookAhead(
	{ before, upSql }: ProveDownOptions,
	ignoreSchemas: readonly string[],
): Promise<Ahead> {
	const manner = { ignoreSchemas, isTransactional: await isTransactional(upSql) };
	return await inTrial(before, manner, async (trial) => {
		const shapesBefore = await readShapes(trial.read, ignoreSchemas);
		const seen = await trial.watch(upSql);
		const after = await trial.readObjects();
		const shapes = { before: shapesBefore, after: await readShapes(trial.read, ignoreSchemas) };
		return { after, seen, shapes };
	});
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
