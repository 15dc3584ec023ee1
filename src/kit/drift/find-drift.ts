import type { Catalog, Difference } from '../catalog/catalog.ts';
import { compareCatalogs } from '../catalog/compare-catalogs.ts';
import { compareObjects } from '../catalog/compare-objects.ts';
import { type OwnedStatement, planOwnedStatements } from '../catalog/plan-catalog-change.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Session } from '../database/session.ts';
import type { Journal } from '../journal/journal.ts';
import { runMigrationSql } from '../reverse/run-migration-sql.ts';
import type { Drift, DriftSql } from './drift.ts';
import type { NarrowedCatalogs } from './narrow-catalogs.ts';
import { type Comparison, type ComparisonOptions, withComparison } from './with-comparison.ts';

/**
 * Finds how a live database differs from what its applied migrations make, with the SQL in both directions. The SQL is tried in
 * scratch databases: adopting first, on what the migrations make, and then the way back on the result.
 */
export async function findDrift(
	session: Session,
	applied: Journal,
	options: ComparisonOptions,
): Promise<Drift> {
	const nothing = { differences: [], restore: NOTHING, adopt: NOTHING };
	return await withComparison<Drift>(session, applied, {
		...options,
		whenEqual: ({ leftOut }) => ({ ...nothing, leftOut }),
		whenDifferent: async (comparison, { leftOut }) => {
			const whole = await comparison.readWhole();
			const differences = await compareCatalogs(whole.live, whole.expected);
			if (differences.length === 0) return { ...nothing, leftOut };
			options.onProgress?.({ message: 'proving the SQL in both directions' });
			return { differences, ...(await planBothWays(whole, comparison)), leftOut };
		},
	});
}

const NOTHING: DriftSql = { statements: [], isProven: true };

async function planBothWays(
	{ live, expected, removed }: NarrowedCatalogs<Catalog>,
	{ scratch, read }: Comparison,
): Promise<Pick<Drift, 'restore' | 'adopt'>> {
	const copy = await scratch.copy();
	const adopt = await planProven({ from: expected, to: live, removed, start: copy, read });
	if (!adopt.sql.isProven || adopt.arrived === undefined) {
		const [statements = []] = await listPlans({ from: live, to: expected, removed });
		const reason = 'what the database has could not be built in a scratch database';
		return { adopt: adopt.sql, restore: { statements, isProven: false, reason } };
	}
	const restore = await planProven({ from: live, to: expected, removed, start: adopt.arrived, read });
	return { adopt: adopt.sql, restore: restore.sql };
}

interface Direction {
	readonly from: Catalog;
	readonly to: Catalog;
	/** The keys of what no statement may be about. */
	readonly removed: ReadonlySet<string>;
}

interface Way extends Direction {
	/** A database with catalog `from`; used up. */
	readonly start: ScratchDatabase;
	readonly read: (database: ScratchDatabase) => Promise<Catalog>;
}

/** The first plan that arrives, with the database in which it did. */
async function planProven(way: Way): Promise<{ readonly sql: DriftSql; readonly arrived?: ScratchDatabase }> {
	const { to, start, read } = way;
	const plans = await listPlans(way);
	let reason = 'no SQL for it is known';
	for (const statements of plans) {
		const trial = await start.copy();
		try {
			await runMigrationSql(trial.pool(), statements.join('\n'));
			const left = await compareCatalogs(await read(trial), to);
			if (left.length === 0) return { sql: { statements, isProven: true }, arrived: trial };
			reason = `after it, ${left.map(({ words }: Difference) => words).join('; ')}`;
		} catch (error) {
			reason = error instanceof Error ? error.message : String(error);
		}
		await trial.drop();
	}
	return { sql: { statements: plans[0] ?? [], isProven: false, reason } };
}

/**
 * What may lead from one catalog to the other: first the statements about things that differ, then all but those about things that
 * were left out, since what depends on a changed thing may have to be made anew. What nobody holds against a database is not in it:
 * the privileges of schema `public`.
 */
async function listPlans({ from, to, removed }: Direction): Promise<readonly (readonly string[])[]> {
	const different = new Set((await compareObjects(from, to)).map(({ key }) => key));
	const planned = await planOwnedStatements(from, to).catch((): readonly OwnedStatement[] => []);
	const narrow = planned.filter(({ keys }) => keys.length === 0 || keys.some((key) => different.has(key)));
	const remade = new Set(planned.filter(({ sql }) => !isAttached(sql)).map(({ keys }) => keys[0]));
	const wide = planned.filter(
		({ sql, keys: [key = ''] }) =>
			!removed.has(key) && (!isAttached(sql) || different.has(key) || remade.has(key)),
	);
	const plans = [narrow, wide].map((statements) => statements.map(({ sql }) => sql));
	return plans.filter(
		(plan, place) => plan.length > 0 && (place === 0 || plan.length > (plans[0]?.length ?? 0)),
	);
}

/** Says something of an object that is there: wanted where that differs, or where the object is made anew. */
function isAttached(sql: string): boolean {
	return /^(?:grant|revoke|comment on)\b/i.test(sql);
}
