import type { Difference } from '../catalog/catalog.ts';
import { describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import { fillTables } from './fill/fill-tables.ts';
import { mergeShapes } from './fill/merge-shapes.ts';
import { readRows, type TableToRead } from './fill/read-rows.ts';
import { readShapes, type Shapes } from './fill/read-table-shapes.ts';
import type { Trial } from './open-trial.ts';
import { MigrationSqlFailed, type SqlFailure } from './run-migration-sql.ts';

export interface Proof {
	/** What is not as it was after up and down, or not as it should be after the second up. */
	readonly differences: readonly Difference[];
	/** The statement that did not run, if one did not. */
	readonly failure?: Failure;
	/** Tables of which rows did not come back as they were, though nobody said so: `users`. */
	readonly changedRows: readonly string[];
}

export type Failure = SqlFailure & { readonly during: 'up' | 'down' | 'second up' };

export interface ProveOptions {
	readonly upSql: string;
	readonly downSql: string;
	readonly before: CatalogObjects;
	readonly after: CatalogObjects;
	readonly rows?: RowsToProve;
	readonly ignoreSchemas: readonly string[];
	readonly shapesAfter: Shapes;
}

export interface RowsToProve {
	/** The identities of the tables to fill. */
	readonly fill: ReadonlySet<string>;
	/** The tables whose rows must come back. */
	readonly compare: readonly TableToRead[];
	readonly nulls: boolean;
}

/** Up, down, up again in a trial on the state before, on rows or on the tables as they are. */
export async function proveInTrial(trial: Trial, options: ProveOptions): Promise<Proof> {
	let during: Failure['during'] = 'up';
	try {
		const rows = await fillAndRead(trial, options);
		await trial.run(options.upSql);
		during = 'down';
		await trial.run(options.downSql);
		const differences = await describeObjectDifferences(await trial.readObjects(), options.before);
		const changedRows = await compareRows(trial, options, rows);
		if (differences.length > 0 || changedRows.length > 0) return { differences, changedRows };
		during = 'second up';
		await trial.run(options.upSql);
		return {
			differences: await describeObjectDifferences(await trial.readObjects(), options.after),
			changedRows,
		};
	} catch (error) {
		if (!(error instanceof MigrationSqlFailed)) throw error;
		return { differences: [], failure: { ...error.failure, during }, changedRows: [] };
	}
}

async function fillAndRead(
	trial: Trial,
	{ rows, ignoreSchemas, shapesAfter }: ProveOptions,
): Promise<readonly (readonly string[])[]> {
	if (!rows) return [];
	const shapes = mergeShapes(await readShapes(trial.query, ignoreSchemas), shapesAfter);
	const tables = shapes.tables.filter(({ identity }) => rows.fill.has(identity));
	await fillTables(trial, shapes, tables, { rows: rows.nulls ? 'with nulls' : 'dense' });
	return readRows(trial, rows.compare);
}

async function compareRows(
	trial: Trial,
	{ rows }: ProveOptions,
	before: readonly (readonly string[])[],
): Promise<readonly string[]> {
	if (!rows) return [];
	const after = await readRows(trial, rows.compare);
	return rows.compare
		.filter((_, place) => JSON.stringify(before[place]) !== JSON.stringify(after[place]))
		.map(({ schema, name }) => (schema === 'public' ? name : `${schema}.${name}`));
}
