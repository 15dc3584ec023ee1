import type { Catalog } from '../catalog/catalog.ts';
import { describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import { nameOwner } from '../catalog/name-object.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Loss, Reversibility } from '../journal/migration.ts';
import type { OnProgress } from '../progress.ts';
import { type Classification, classify, type MigrationFacts } from './classify.ts';
import { type DerivedDown, deriveDown } from './derive-down.ts';
import { readShapes, type Shapes } from './fill/read-table-shapes.ts';
import { listRequirements } from './list-requirements.ts';
import { openTrial, type Trial } from './open-trial.ts';
import { proveOnRows } from './prove-migration.ts';
import { recallCatalog, rememberCatalog } from './remember-catalog.ts';
import { isTransactional, runMigrationSql } from './run-migration-sql.ts';

/** A way back, with what it does not give back. */
export interface DownProposal {
	/** In order, each with its closing semicolon. */
	readonly statements: readonly string[];
	readonly reversibility: Reversibility;
	readonly reason?: string;
	readonly loses: readonly Loss[];
	/** More lines for the header. */
	readonly notes: readonly string[];
}

export interface ReverseMigrationOptions {
	/** The state before; left as it is, though sessions opened by it are ended. */
	readonly before: ScratchDatabase;
	readonly upSql: string;
	readonly tag: string;
	readonly onProgress?: OnProgress;
	/** The ledger's schema and the like. */
	readonly ignoreSchemas?: readonly string[];
}

export interface ReversedMigration {
	readonly down: DownProposal;
	/** The state after the up, without rows of ours. The caller drops it or goes on with it as the next `before`. */
	readonly after: ScratchDatabase;
	/** What should be looked at although the down is proven, or why it is not. */
	readonly problems: readonly string[];
}

/**
 * Derives the way back of a migration and proves it: up, down, up again.
 * @throws MigrationSqlFailed when the up itself does not run
 */
export async function reverseMigration(options: ReverseMigrationOptions): Promise<ReversedMigration> {
	const ignoreSchemas = options.ignoreSchemas ?? [];
	options.onProgress?.({ message: `reading what ${options.tag} changes` });
	const before = await recallCatalog(options.before, { ignoreSchemas });
	const derived = await derive(options, before, ignoreSchemas);
	options.onProgress?.({ message: `proving the way back of ${options.tag}` });
	const facts = { upSql: options.upSql, before, after: derived.after, changedTables: derived.changedTables };
	const classification = await classify(facts);
	const proposal =
		derived.reason === undefined ? propose(derived, classification, before) : irreversible(derived.reason);
	const proof =
		derived.reason === undefined
			? await prove(options, { ...facts, ...proposal, shapesAfter: derived.shapesAfter }, ignoreSchemas)
			: [];
	const after = await moveOn(options);
	await rememberCatalog(after, derived.after);
	return {
		down: amend(proposal, proof),
		after,
		problems: derived.reason === undefined ? proof : [derived.reason],
	};
}

function propose(
	{ statements, placeholders, after }: Derived,
	classification: Classification,
	before: Catalog,
): DownProposal {
	const requirements = listRequirements(before, after);
	const notes = [
		...placeholders.map(
			(column) => `${nameOwner(column)} is NOT NULL and its values are gone: rows get a placeholder`,
		),
		...(requirements.length === 0
			? []
			: [`fails, changing nothing, while rows break what comes back: ${requirements.join('; ')}`]),
	];
	return { ...classification, statements, notes: [...classification.notes, ...notes] };
}

interface Derived extends DerivedDown {
	readonly after: Catalog;
	readonly shapesAfter: Shapes;
	readonly changedTables: readonly string[];
	/** Why there is no way back. */
	readonly reason?: string;
}

/** Runs the up on the tables as the migrations leave them, and finds the way back from there. */
async function derive(
	{ before: database, upSql }: ReverseMigrationOptions,
	before: Catalog,
	ignoreSchemas: readonly string[],
): Promise<Derived> {
	const trial = await openTrial(database, { ignoreSchemas, isTransactional: await isTransactional(upSql) });
	try {
		const shapes = await readShapes(trial.query, ignoreSchemas);
		const { changedTables } = await trial.run(upSql);
		const after = await trial.readCatalog();
		const shapesAfter = await readShapes(trial.query, ignoreSchemas);
		try {
			const { statements, placeholders } = await deriveDown(trial, { before, after, shapes });
			const reason = await proveRoundTrip(trial, upSql, { before, after });
			return {
				statements,
				placeholders,
				shapesAfter,
				after,
				changedTables,
				...(reason === undefined ? {} : { reason }),
			};
		} catch (error) {
			const reason = error instanceof Error ? error.message : String(error);
			return { statements: [], placeholders: [], shapesAfter, after, changedTables, reason };
		}
	} finally {
		await trial.close();
	}
}

/** After the down has run in it: is it the state before, and does the up lead to the same state once more? */
async function proveRoundTrip(
	trial: Trial,
	upSql: string,
	states: { readonly before: Catalog; readonly after: Catalog },
): Promise<string | undefined> {
	const differences = await describeObjectDifferences(await trial.readObjects(), states.before);
	if (differences.length > 0) return differences.map(({ words }) => words).join('; ');
	await trial.run(upSql);
	const again = await describeObjectDifferences(await trial.readObjects(), states.after);
	return again.length === 0
		? undefined
		: `after the second up, ${again.map(({ words }) => words).join('; ')}`;
}

/** What is to be said about the down on rows; nothing when every row comes back or is declared lost. */
async function prove(
	{ before: database }: ReverseMigrationOptions,
	facts: MigrationFacts & DownProposal & { readonly shapesAfter: Shapes },
	ignoreSchemas: readonly string[],
): Promise<readonly string[]> {
	const downSql = facts.statements.join('\n');
	const proof = await proveOnRows({ ...facts, database, downSql, ignoreSchemas });
	if (!proof) return [];
	const { failure, differences, changedRows, leftEmpty } = proof;
	return [
		...leftEmpty.map(
			({ table, why }) => `not proven on rows of ${table}, on which the up itself does not run: ${why}`,
		),
		...(failure ? [`on rows, the ${failure.during} fails: ${failure.message}`] : []),
		...differences.map(({ words }) => `on rows, ${words}`),
		...changedRows.map((table) => `rows of ${table} do not come back as they were`),
	];
}

function amend(proposal: DownProposal, problems: readonly string[]): DownProposal {
	return problems.length === 0 ? proposal : { ...proposal, notes: [...proposal.notes, ...problems] };
}

/** The state after, as a database of its own. */
async function moveOn({ before, upSql }: ReverseMigrationOptions): Promise<ScratchDatabase> {
	const after = await before.copy();
	try {
		await runMigrationSql(after.pool(), upSql);
	} catch (error) {
		await after.drop();
		throw error;
	}
	return after;
}

function irreversible(reason: string): DownProposal {
	return { statements: [], reversibility: 'irreversible', reason, loses: [], notes: [] };
}
