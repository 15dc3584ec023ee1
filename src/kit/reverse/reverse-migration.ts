import type { Catalog } from '../catalog/catalog.ts';
import { keepPlans } from '../catalog/keep-plans.ts';
import { nameOwner } from '../catalog/name-object.ts';
import { readObjects } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Loss, Reversibility } from '../journal/migration.ts';
import type { OnProgress } from '../progress.ts';
import { type Classification, classify, classifyAfterProof, type MigrationFacts } from './classify.ts';
import { type DeriveDownOptions, type DerivedDown, deriveDown } from './derive-down.ts';
import { readShapes, type Shapes } from './fill/read-table-shapes.ts';
import { listRequirements } from './list-requirements.ts';
import { moveForward } from './move-forward.ts';
import { inTrial, isTooMuch } from './open-trial.ts';
import type { Failure, SeenChanges } from './prove-in-trial.ts';
import { type MigrationProof, proveMigration } from './prove-migration.ts';
import { recallCatalog, rememberCatalog } from './remember-catalog.ts';
import { readOwners } from './restore-owners.ts';
import { isTransactional, MigrationSqlFailed } from './run-migration-sql.ts';

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

export interface DeriveWayBackOptions {
	/** The state before; left as it is, though sessions opened by it are ended. */
	readonly before: ScratchDatabase;
	readonly upSql: string;
	readonly tag: string;
	readonly onProgress?: OnProgress;
	/** The ledger's schema and the like. */
	readonly ignoreSchemas?: readonly string[];
}

export interface WayBack {
	readonly down: DownProposal;
	/** What should be looked at although the down is proven, or why it is not. */
	readonly problems: readonly string[];
	/** Whether the up was seen to run on rows in every table that it does something to. */
	readonly runsOnRows: boolean;
}

/**
 * Derives the way back of a migration and proves it: up, down, up again. `catalogAfter` is what the up was seen to lead to.
 * @throws MigrationSqlFailed when the up itself does not run
 */
export async function deriveWayBack(
	options: DeriveWayBackOptions,
): Promise<WayBack & { readonly catalogAfter: Catalog }> {
	const ignoreSchemas = options.ignoreSchemas ?? [];
	options.onProgress?.({ message: `reading what ${options.tag} changes` });
	const before = await recallCatalog(options.before, { ignoreSchemas });
	const derived = await derive(options, before, ignoreSchemas);
	options.onProgress?.({ message: `proving the way back of ${options.tag}` });
	const proven = await prove(options, { ...derived, before, ignoreSchemas });
	return { ...proven, catalogAfter: derived.after };
}

export interface ReverseMigrationOptions extends DeriveWayBackOptions {
	/** Whether nobody needs the state before any longer: then it becomes the state after. */
	readonly isBeforeSpent?: boolean;
}

export interface ReversedMigration extends WayBack {
	/** The state after the up, without rows of ours. The caller drops it or goes on with it as the next `before`. */
	readonly after: ScratchDatabase;
}

/** Derives and proves the way back, and moves on to the state after. @throws MigrationSqlFailed when the up itself does not run */
export async function reverseMigration(options: ReverseMigrationOptions): Promise<ReversedMigration> {
	const { catalogAfter, ...way } = await deriveWayBack(options);
	const after = await moveForward(options.before, options.upSql, options);
	await rememberMoved(after, catalogAfter, options.ignoreSchemas ?? []);
	return { ...way, after };
}

/** Remembers what a database has after a migration that was seen elsewhere to lead to this catalog: only identities are its own. */
export async function rememberMoved(
	after: ScratchDatabase,
	catalog: Catalog,
	ignoreSchemas: readonly string[],
): Promise<void> {
	const objects = await readObjects(keepPlans(after.pool()), { ignoreSchemas });
	await rememberCatalog(after, { ...catalog, ...objects });
}

function propose(
	{ statements, placeholders, forgiven, after }: Derived,
	classification: Classification,
	before: Catalog,
): DownProposal {
	const requirements = listRequirements(before, after);
	const notes = [
		...placeholders.map(
			(column) =>
				`${nameOwner(column)} ${column.attributes['not null'] ? 'is' : 'must be'} NOT NULL and its values are gone: rows get a placeholder`,
		),
		...forgiven.map(
			(column) =>
				`values of ${nameOwner(column)} that do not fit ${column.attributes.type} become ${column.attributes['not null'] ? 'a placeholder' : 'NULL'}`,
		),
		...(requirements.length === 0
			? []
			: [`fails, changing nothing, while rows break what comes back: ${requirements.join('; ')}`]),
	];
	return { ...classification, statements, notes: [...classification.notes, ...notes] };
}

interface Derived extends DerivedDown {
	readonly after: Catalog;
	readonly shapes: { readonly before: Shapes; readonly after: Shapes };
	readonly seen: SeenChanges;
	/** Why there is no way back. */
	readonly reason?: string;
}

/** Runs the up on the tables as the migrations leave them, and finds the way back from there. */
async function derive(
	{ before: database, upSql }: DeriveWayBackOptions,
	before: Catalog,
	ignoreSchemas: readonly string[],
	options: DeriveDownOptions = {},
): Promise<Derived> {
	const manner = { ignoreSchemas, isTransactional: await isTransactional(upSql) };
	return await inTrial(database, manner, async (trial) => {
		const shapesBefore = await readShapes(trial.read, ignoreSchemas);
		const owners = await readOwners(trial.read);
		const seen = await trial.watch(upSql);
		const after = await trial.readCatalog();
		const shapes = { before: shapesBefore, after: await readShapes(trial.read, ignoreSchemas) };
		try {
			const found = await deriveDown(trial, { before, after, owners, shapes: shapes.before }, options);
			return { ...found, shapes, after, seen };
		} catch (error) {
			if (trial.canUndo && isTooMuch(error)) throw error;
			const reason = explainError(error);
			return { statements: [], placeholders: [], forgiven: [], shapes, after, seen, reason };
		}
	});
}

type ToProve = Derived & { readonly before: Catalog; readonly ignoreSchemas: readonly string[] };

/** Where values that the up has cut do not fit the old type any more, a down that gives them up takes the place of one that fails. */
async function prove(options: DeriveWayBackOptions, derived: ToProve): Promise<WayBack> {
	if (derived.reason !== undefined) return { ...withoutWay(derived.reason), runsOnRows: false };
	const { failure, ...proven } = await proveDerived(options, derived);
	if (!failure?.sqlstate?.startsWith('22') || failure.during !== 'down') return proven;
	const forgiving = await derive(options, derived.before, derived.ignoreSchemas, { forgivesValues: true });
	if (forgiving.reason !== undefined || forgiving.forgiven.length === 0) return proven;
	const other = await proveDerived(options, { ...derived, ...forgiving });
	const { failure: _failure, ...forgiven } = other;
	return other.failure === undefined ? forgiven : proven;
}

/** The proposal with what is to be said about it on rows; irreversible when it does not lead back at all. */
async function proveDerived(
	{ before: database, upSql }: DeriveWayBackOptions,
	derived: ToProve,
): Promise<WayBack & { readonly failure?: Failure | undefined }> {
	const facts: MigrationFacts = { upSql, ...derived };
	const expected = await classify(facts);
	const { asIs, onRows } = await proveMigration({
		...{ ...derived, database, upSql, downSql: derived.statements.join('\n'), loses: expected.loses },
		leavesOtherRows: expected.reversibility !== 'lossless',
	});
	const runsOnRows = onRows === undefined || onRows.leftEmpty.length === 0;
	const reason = explainNoWay(asIs);
	if (reason !== undefined) return { ...withoutWay(reason), runsOnRows };
	const proposal = propose(derived, await classifyAfterProof(facts, onRows ?? asIs), derived.before);
	const problems = describeOnRows(onRows);
	const notAgain = onRows?.notAgain ?? asIs.notAgain;
	const notes = [
		...proposal.notes,
		...problems,
		...(notAgain === undefined
			? []
			: [`after it, the up does not run again on the rows that there are: ${notAgain}`]),
	];
	return { down: { ...proposal, notes }, problems, runsOnRows, failure: onRows?.failure };
}

function withoutWay(reason: string): Pick<WayBack, 'down' | 'problems'> {
	return {
		down: { statements: [], reversibility: 'irreversible', reason, loses: [], notes: [] },
		problems: [reason],
	};
}

/** Why the down does not lead back even without rows of ours. */
function explainNoWay({ failure, differences }: MigrationProof['asIs']): string | undefined {
	if (failure !== undefined) return `the ${failure.during} fails: ${failure.message}`;
	return differences.length === 0 ? undefined : differences.map(({ words }) => words).join('; ');
}

/** What is to be said about the down on rows; nothing when every row comes back or is declared lost. */
function describeOnRows(proof: MigrationProof['onRows']): readonly string[] {
	if (proof === undefined) return [];
	const { failure, differences, leftEmpty } = proof;
	return [
		...leftEmpty.map(
			({ table, why }) => `not proven on rows of ${table}, on which the up itself does not run: ${why}`,
		),
		...(failure ? [`on rows, the ${failure.during} fails: ${failure.message}`] : []),
		...differences.map(({ words }) => `on rows, ${words}`),
	];
}

function explainError(error: unknown): string {
	if (error instanceof MigrationSqlFailed) return `${error.message}: ${error.failure.statement}`;
	return error instanceof Error ? error.message : String(error);
}
