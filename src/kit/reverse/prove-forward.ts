import { type Catalog, keyOf } from '../catalog/catalog.ts';
import { describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import { planOwnedStatements } from '../catalog/plan-catalog-change.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { parseStatements } from '../sql/parse-statements.ts';
import { fillTables } from './fill/fill-tables.ts';
import { findDifferentTables } from './fill/find-different-tables.ts';
import { mergeShapes } from './fill/merge-shapes.ts';
import { readShapes, type Shapes } from './fill/read-table-shapes.ts';
import { inTrial, openTrial, type Trial } from './open-trial.ts';
import { recallCatalog } from './remember-catalog.ts';
import { restoreSequences } from './restore-sequences.ts';
import { isTransactional, MigrationSqlFailed } from './run-migration-sql.ts';

export interface ProveForwardOptions {
	/** The state before; left as it is. */
	readonly before: ScratchDatabase;
	readonly upSql: string;
	/** Where it should arrive. */
	readonly desired: DesiredState;
	readonly ignoreSchemas?: readonly string[];
}

/** A state that need not exist any more. */
export interface DesiredState {
	readonly objects: CatalogObjects;
	/** Everything, from which changes can be planned: asked for only when it is needed. */
	readCatalog(): Promise<Catalog>;
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

/**
 * Whether a migration's SQL runs on the state before and arrives at the desired one. Where it does not, or only on empty
 * tables, SQL from the two catalogs takes its place if that does.
 */
export async function proveForward(options: ProveForwardOptions): Promise<ForwardProof> {
	const ignoreSchemas = options.ignoreSchemas ?? [];
	const before = await recallCatalog(options.before, { ignoreSchemas });
	const subject = { database: options.before, desired: options.desired, before, ignoreSchemas };
	const { upSql } = options;
	const given = await tryOut(subject, upSql, { withRows: false });
	if (given.because === undefined) {
		const onRows = await tryOut(subject, upSql, { withRows: true, after: given.shapes });
		if (onRows.because === undefined) return { kind: 'arrives' };
		return (await repair(subject, { upSql, because: onRows.because, withRows: true })) ?? { kind: 'arrives' };
	}
	const repaired = await repair(subject, { upSql, because: given.because, withRows: false });
	return repaired ?? { kind: 'refused', because: given.because };
}

interface Subject {
	readonly database: ScratchDatabase;
	readonly before: Catalog;
	readonly desired: DesiredState;
	readonly ignoreSchemas: readonly string[];
}

interface Outcome {
	/** Why it does not run or arrive. */
	readonly because?: string;
	/** The shapes of the state that it arrived at. */
	readonly shapes?: Shapes;
}

/** Runs SQL on the state before as it is and compares where it arrives; or on rows, to see whether it runs. */
async function tryOut(
	{ database, before, desired, ignoreSchemas }: Subject,
	sql: string,
	{ withRows, after }: { readonly withRows: boolean; readonly after?: Shapes | undefined },
): Promise<Outcome> {
	try {
		const manner = { ignoreSchemas, isTransactional: await isTransactional(sql) };
		return await inTrial(database, manner, async (trial) => {
			if (withRows) await fill(trial, { before, desired, after, ignoreSchemas });
			await trial.run(sql);
			if (withRows) return {};
			const differences = await describeObjectDifferences(await trial.readCompared(), desired.objects);
			const because = differences.map(({ words }) => words).join('; ');
			const shapes = await readShapes(trial.read, ignoreSchemas);
			return { shapes, ...(because === '' ? {} : { because }) };
		});
	} catch (error) {
		if (!(error instanceof MigrationSqlFailed)) throw error;
		const where = withRows ? ' on a table with rows' : '';
		return { because: `${firstLine(error.failure.statement)} fails${where}: ${error.failure.message}` };
	}
}

function firstLine(statement: string): string {
	const [line = '', ...more] = statement.split('\n');
	return more.length === 0 ? line : `${line} …`;
}

async function fill(
	trial: Trial,
	{
		before,
		desired,
		after,
		ignoreSchemas,
	}: Pick<Subject, 'before' | 'desired' | 'ignoreSchemas'> & { readonly after: Shapes | undefined },
): Promise<void> {
	const shapes = await readShapes(trial.read, ignoreSchemas);
	const touched = findDifferentTables(before, desired.objects);
	const merged = after === undefined ? shapes : mergeShapes(shapes, after);
	const tables = merged.tables.filter(({ schema, name }) => touched.has(keyOf('table', [schema, name])));
	await fillTables(trial, merged, tables, { rows: 'dense' });
}

/** SQL that arrives, made from the two catalogs: the migration's own renames first, so that no row is lost by them. */
async function repair(
	subject: Subject,
	{
		upSql,
		because,
		withRows,
	}: { readonly upSql: string; readonly because: string; readonly withRows: boolean },
): Promise<ForwardProof | undefined> {
	const planned = await plan(subject, upSql).catch((error: unknown) =>
		error instanceof Error ? error : new Error(String(error)),
	);
	if (planned instanceof Error)
		return withRows ? undefined : { kind: 'refused', because: `${because}; ${planned.message}` };
	const sql = planned.join('\n');
	const outcome = await tryOut(subject, sql, { withRows: false });
	if (outcome.because !== undefined) {
		return withRows ? undefined : { kind: 'refused', because: `${because}; ${outcome.because}` };
	}
	if (withRows && (await tryOut(subject, sql, { withRows, after: outcome.shapes })).because !== undefined)
		return undefined;
	return { kind: 'repaired', statements: planned, because };
}

async function plan(
	{ database, before, desired, ignoreSchemas }: Subject,
	upSql: string,
): Promise<readonly string[]> {
	const renames = await listRenames(upSql);
	if (renames.length === 0) return planFrom(before, await desired.readCatalog());
	const wanted = await desired.readCatalog();
	const trial = await openTrial(database, { ignoreSchemas, isTransactional: true });
	try {
		for (const rename of renames) await trial.run(rename);
		return [...renames, ...(await planFrom(await trial.readCatalog(), wanted))];
	} finally {
		await trial.close();
	}
}

async function planFrom(from: Catalog, desired: Catalog): Promise<readonly string[]> {
	const statements = await planOwnedStatements(from, desired);
	return [...statements.map(({ sql }) => sql), ...restoreSequences(statements, from, desired)];
}

async function listRenames(sql: string): Promise<readonly string[]> {
	// SQL that PostgreSQL cannot parse is about to be replaced as a whole.
	const statements = await parseStatements(sql).catch(() => []);
	return statements
		.filter(({ kind }) => kind === 'RenameStmt' || kind === 'AlterObjectSchemaStmt')
		.map(({ text }) => `${text};`);
}
