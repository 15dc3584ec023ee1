import type { Catalog, PlannedStatement } from '../catalog/catalog.ts';
import { describeDifferences, describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import { compareObjects } from '../catalog/compare-objects.ts';
import { type OwnedStatement, planOwnedStatements } from '../catalog/plan-catalog-change.ts';
import type { Session } from '../database/session.ts';
import type { Journal } from '../journal/journal.ts';
import { inTrial, isTooMuch, type Trial } from '../reverse/open-trial.ts';
import type { Drift, DriftSql } from './drift.ts';
import type { NarrowedCatalogs } from './narrow-catalogs.ts';
import { type Comparison, type ComparisonOptions, withComparison } from './with-comparison.ts';

/**
 * Finds how a live database differs from what its applied migrations make, with the SQL in both directions. The SQL is tried on
 * what the migrations make: adopting first, and then the way back on the result.
 */
export async function findDrift(
	session: Session,
	applied: Journal | Promise<Journal>,
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
	const ways = await listPlans({ from: expected, to: live, removed, planned });
	const waysBack = await listPlans({ from: live, to: expected, removed, planned: back });
	const legsBack = waysBack.map((plan) => ({ plan, to: expected }));
	let firstBack: Outcome = NEVER_TRIED;
	const adopt = await findProven(ways, async (plan) => {
		// Where the way there ends, the way back begins.
		const legs = [{ plan, to: live }, ...legsBack.slice(0, 1)];
		const [there = NEVER_TRIED, thereAndBack = NEVER_TRIED] = await tryLegs(legs, comparison);
		firstBack = thereAndBack;
		return there;
	});
	if (adopt.outcome !== true) {
		const outcome = 'what the database has could not be built in a scratch database';
		return { adopt: toSql(adopt), restore: toSql({ plan: waysBack[0] ?? [], outcome }) };
	}
	const restore = await findProven(waysBack, async (plan) => {
		if (plan === waysBack[0]) return firstBack;
		const legs = [
			{ plan: adopt.plan, to: live },
			{ plan, to: expected },
		];
		return (await tryLegs(legs, comparison))[1] ?? NEVER_TRIED;
	});
	return { adopt: toSql(adopt), restore: toSql(restore) };
}

type Statements = readonly PlannedStatement[];

/** Whether a plan arrived, or why not. */
type Outcome = true | string;

const NEVER_TRIED = 'no SQL for it is known';

interface TriedPlan {
	readonly plan: Statements;
	readonly outcome: Outcome;
}

function toSql({ plan, outcome }: TriedPlan): DriftSql {
	const statements = plan.map(({ sql }) => sql);
	return outcome === true ? { statements, isProven: true } : { statements, isProven: false, reason: outcome };
}

/** The first plan that arrives, or else the first. */
async function findProven(
	plans: readonly Statements[],
	tryPlan: (plan: Statements) => Promise<Outcome>,
): Promise<TriedPlan> {
	let outcome: Outcome = NEVER_TRIED;
	for (const plan of plans) {
		outcome = await tryPlan(plan);
		if (outcome === true) return { plan, outcome };
	}
	return { plan: plans[0] ?? [], outcome };
}

/** A plan, and the catalog that it has to lead to. */
interface Leg {
	readonly plan: Statements;
	readonly to: Catalog;
}

/** Runs one leg after the other, up to the first that does not arrive. Nothing of them stays. */
async function tryLegs(
	legs: readonly Leg[],
	{ scratch, ignoreSchemas }: Comparison,
): Promise<readonly Outcome[]> {
	const isTransactional = legs.every(({ plan }) => plan.every((statement) => statement.isTransactional));
	try {
		return await inTrial(scratch, { ignoreSchemas, isTransactional }, async (trial) => {
			const outcomes: Outcome[] = [];
			for (const leg of legs) {
				const outcome = await runLeg(trial, leg);
				outcomes.push(outcome);
				if (outcome !== true) break;
			}
			return outcomes;
		});
	} catch (error) {
		return [(error as Error).message];
	}
}

async function runLeg(trial: Trial, { plan, to }: Leg): Promise<Outcome> {
	try {
		await trial.runStatements(plan.map(({ sql }) => sql));
	} catch (error) {
		if (trial.canUndo && isTooMuch(error)) throw error;
		return (error as Error).message;
	}
	const left = await describeObjectDifferences(await trial.readCompared(), to);
	return left.length === 0 || `after it, ${left.map(({ words }) => words).join('; ')}`;
}

interface Way {
	readonly from: Catalog;
	readonly to: Catalog;
	/** The keys of what no statement may be about. */
	readonly removed: ReadonlySet<string>;
	/** What may lead there, much of it about what differs in what was left out alone. */
	readonly planned: readonly OwnedStatement[];
}

/**
 * What may lead from one catalog to the other: first the statements about things that differ, then all but those about things that
 * were left out, since what depends on a changed thing may have to be made anew. What nobody holds against a database is not in it:
 * the privileges of schema `public`.
 */
async function listPlans({ from, to, removed, planned }: Way): Promise<readonly Statements[]> {
	const different = new Set((await compareObjects(from, to)).map(({ key }) => key));
	const narrow = planned.filter(({ keys }) => keys.length === 0 || keys.some((key) => different.has(key)));
	const remade = new Set(planned.filter(({ sql }) => !isAttached(sql)).map(({ keys }) => keys[0]));
	const wide = planned.filter(
		({ sql, keys: [key = ''] }) =>
			!removed.has(key) && (!isAttached(sql) || different.has(key) || remade.has(key)),
	);
	return [narrow, wide].filter(
		(plan, place) => plan.length > 0 && (place === 0 || plan.length > narrow.length),
	);
}

/** Says something of an object that is there: wanted where that differs, or where the object is made anew. */
function isAttached(sql: string): boolean {
	return /^(?:grant|revoke|comment on)\b/i.test(sql);
}
