import type { Catalog } from '../catalog/catalog.ts';
import { describeDifferences, describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import { compareObjects } from '../catalog/compare-objects.ts';
import { type OwnedStatement, planOwnedStatements } from '../catalog/plan-catalog-change.ts';
import type { Session } from '../database/session.ts';
import type { Journal } from '../journal/journal.ts';
import { inTrial } from '../reverse/open-trial.ts';
import { isTransactional } from '../reverse/run-migration-sql.ts';
import type { Drift, DriftSql } from './drift.ts';
import type { NarrowedCatalogs } from './narrow-catalogs.ts';
import { type Comparison, type ComparisonOptions, withComparison } from './with-comparison.ts';

/**
 * Finds how a live database differs from what its applied migrations make, with the SQL in both directions. The SQL is tried on
 * what the migrations make: adopting first, and then the way back on the result.
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
			const { live, expected } = whole;
			const back = await planOwnedStatements(live, expected).catch(nothingPlanned);
			const differences = await describeDifferences(live, expected, back);
			options.onProgress?.({ message: 'proving the SQL in both directions' });
			return { differences, ...(await planBothWays(whole, comparison, back)), leftOut };
		},
	});
}

const nothingPlanned = (): readonly OwnedStatement[] => [];

const NOTHING: DriftSql = { statements: [], isProven: true };

async function planBothWays(
	{ live, expected, removed }: NarrowedCatalogs<Catalog>,
	comparison: Comparison,
	back: readonly OwnedStatement[],
): Promise<Pick<Drift, 'restore' | 'adopt'>> {
	const planned = await planOwnedStatements(expected, live).catch(nothingPlanned);
	const forth = { from: expected, to: live, removed, planned, first: [] };
	const adopt = await planProven(forth, comparison);
	const way = { from: live, to: expected, removed, planned: back, first: adopt.statements };
	if (adopt.isProven) return { adopt, restore: await planProven(way, comparison) };
	const [statements = []] = await listPlans(way);
	const reason = 'what the database has could not be built in a scratch database';
	return { adopt, restore: { statements, isProven: false, reason } };
}

interface Way {
	readonly from: Catalog;
	readonly to: Catalog;
	/** The keys of what no statement may be about. */
	readonly removed: ReadonlySet<string>;
	/** What may lead there, much of it about what differs in what was left out alone. */
	readonly planned: readonly OwnedStatement[];
	/** What makes catalog `from` of what the migrations make. */
	readonly first: readonly string[];
}

/** The first plan that arrives. */
async function planProven(way: Way, comparison: Comparison): Promise<DriftSql> {
	const plans = await listPlans(way);
	let reason = 'no SQL for it is known';
	for (const statements of plans) {
		const failure = await tryPlan(statements, way, comparison).catch((error: Error) => error.message);
		if (failure === undefined) return { statements, isProven: true };
		reason = failure;
	}
	return { statements: plans[0] ?? [], isProven: false, reason };
}

/** Why the statements do not arrive; undefined when they do. Nothing of them stays. */
async function tryPlan(
	statements: readonly string[],
	{ to, first }: Way,
	{ scratch, ignoreSchemas }: Comparison,
): Promise<string | undefined> {
	const texts = [first, statements].filter(({ length }) => length > 0).map((each) => each.join('\n'));
	const options = { ignoreSchemas, isTransactional: await isTransactional(texts.join('\n')) };
	return await inTrial(scratch, options, async (trial) => {
		for (const text of texts) await trial.run(text);
		const left = await describeObjectDifferences(await trial.readObjects(), to);
		return left.length === 0 ? undefined : `after it, ${left.map(({ words }) => words).join('; ')}`;
	});
}

/**
 * What may lead from one catalog to the other: first the statements about things that differ, then all but those about things that
 * were left out, since what depends on a changed thing may have to be made anew. What nobody holds against a database is not in it:
 * the privileges of schema `public`.
 */
async function listPlans({ from, to, removed, planned }: Way): Promise<readonly (readonly string[])[]> {
	const different = new Set((await compareObjects(from, to)).map(({ key }) => key));
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
