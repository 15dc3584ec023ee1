import type { Difference } from '../catalog/catalog.ts';
import { describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import { fillTables } from './fill/fill-tables.ts';
import { mergeShapes } from './fill/merge-shapes.ts';
import { readRows, type TableToRead } from './fill/read-rows.ts';
import type { Shapes } from './fill/read-table-shapes.ts';
import type { Trial } from './open-trial.ts';
import { type MigrationRun, MigrationSqlFailed, type SqlFailure } from './run-migration-sql.ts';

/** By identity: the tables of which rows were changed, the sequences that were moved. */
export type SeenChanges = Pick<MigrationRun, 'changedTables' | 'movedSequences'>;

export const NOTHING_SEEN: SeenChanges = { changedTables: [], movedSequences: [] };

export interface Proof {
	/** What is not as it was after up and down, or not as it should be after the second up. */
	readonly differences: readonly Difference[];
	/** The statement that did not run, if one did not. */
	readonly failure?: Failure;
	/** Tables of which rows did not come back as they were, though nobody said so. */
	readonly changedRows: readonly TableToRead[];
	/** What the up was seen to do to rows and sequences. */
	readonly seen: SeenChanges;
	/** Why the up does not run once more: rows that it wrote are still there, or rows that it needs are not what they were. */
	readonly notAgain?: string;
}

export type Failure = SqlFailure & { readonly during: 'up' | 'down' | 'second up' };

export interface ProveOptions {
	readonly upSql: string;
	readonly downSql: string;
	readonly before: CatalogObjects;
	readonly after: CatalogObjects;
	readonly rows?: RowsToProve;
	/** The shapes of both states, whose rules the rows should satisfy. */
	readonly shapes: { readonly before: Shapes; readonly after: Shapes };
	/** Whether the way back leaves other rows than there were, on which the up need not run again. */
	readonly leavesOtherRows: boolean;
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
	let seen = NOTHING_SEEN;
	try {
		const rows = await fillAndRead(trial, options);
		seen = await trial.watch(options.upSql);
		during = 'down';
		await trial.run(options.downSql);
		const differences = await describeObjectDifferences(await trial.readCompared(), options.before);
		const changedRows = await compareRows(trial, options, rows);
		if (differences.length > 0) return { differences, changedRows, seen };
		during = 'second up';
		await trial.run(options.upSql);
		const again = await describeObjectDifferences(await trial.readCompared(), options.after);
		return { differences: again, changedRows, seen };
	} catch (error) {
		if (!(error instanceof MigrationSqlFailed)) throw error;
		const unproven = { differences: [], changedRows: [], seen };
		return during === 'second up' && isExpected(error.failure, options)
			? { ...unproven, notAgain: error.failure.message }
			: { ...unproven, failure: { ...error.failure, during } };
	}
}

/** Rows in the way of a constraint (class 23), and roles, which no way back takes away. */
function isExpected({ sqlstate = '', message }: SqlFailure, { leavesOtherRows }: ProveOptions): boolean {
	return (
		(leavesOtherRows && sqlstate.startsWith('23')) ||
		(sqlstate === '42710' && /^role ".*" already exists$/.test(message))
	);
}

async function fillAndRead(
	trial: Trial,
	{ rows, shapes }: ProveOptions,
): Promise<readonly (readonly string[])[]> {
	if (!rows) return [];
	const merged = mergeShapes(shapes.before, shapes.after);
	const tables = merged.tables.filter(({ identity }) => rows.fill.has(identity));
	await fillTables(trial, merged, tables, { rows: rows.nulls ? 'with nulls' : 'dense' });
	return readRows(trial, rows.compare);
}

async function compareRows(
	trial: Trial,
	{ rows }: ProveOptions,
	before: readonly (readonly string[])[],
): Promise<readonly TableToRead[]> {
	if (!rows) return [];
	const after = await readRows(trial, rows.compare);
	return rows.compare.filter((_, place) => JSON.stringify(before[place]) !== JSON.stringify(after[place]));
}
