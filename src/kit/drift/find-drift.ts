import type { Catalog } from '../catalog/catalog.ts';
import { describeDifferences, describeObjectDifferences } from '../catalog/compare-catalogs.ts';
import { compareObjects } from '../catalog/compare-objects.ts';
import { type OwnedStatement, planOwnedStatements } from '../catalog/plan-catalog-change.ts';
import type { Session } from '../database/session.ts';
import type { Journal } from '../journal/journal.ts';
import { inTrial, isTooMuch, type Trial } from '../reverse/open-trial.ts';
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
	const ways = await listPlans({ from: expected, to: live, removed, planned });
	const waysBack = await listPlans({ from: live, to: expected, removed, planned: back });
	const legsBack = waysBack.map((statements) => ({ statements, to: expected }));
	let firstBack: Outcome = NEVER_TRIED;
	const adopt = await findProven(ways, async (statements) => {
		// Where the way there ends, the way back begins.
		const legs = [{ statements, to: live }, ...legsBack.slice(0, 1)];
		const [there = NEVER_TRIED, thereAndBack = NEVER_TRIED] = await tryLegs(legs, comparison);
		firstBack = thereAndBack;
		return there;
	});
	if (!adopt.isProven) {
		const reason = 'what the database has could not be built in a scratch database';
		return { adopt, restore: { statements: waysBack[0] ?? [], isProven: false, reason } };
	}
	const restore = await findProven(waysBack, async (statements) => {
		if (statements === waysBack[0]) return firstBack;
		const legs = [
			{ statements: adopt.statements, to: live },
			{ statements, to: expected },
		];
		return (await tryLegs(legs, comparison))[1] ?? NEVER_TRIED;
	});
	return { adopt, restore };
}

/** Whether a plan arrived, or why not. */
type Outcome = true | string;

const NEVER_TRIED = 'no SQL for it is known';

/** The first plan that arrives. */
async function findProven(
	plans: readonly (readonly string[])[],
	tryPlan: (statements: readonly string[]) => Promise<Outcome>,
): Promise<DriftSql> {
	let reason = NEVER_TRIED;
	for (const statements of plans) {
		const outcome = await tryPlan(statements);
		if (outcome === true) return { statements, isProven: true };
		reason = outcome;
	}
	return { statements: plans[0] ?? [], isProven: false, reason };
}

/** Statements, and the catalog that they have to lead to. */
interface Leg {
	readonly statements: readonly string[];
	readonly to: Catalog;
}

/** Runs one leg after the other, up to the first that does not arrive. Nothing of them stays. */
async function tryLegs(
	legs: readonly Leg[],
	{ scratch, ignoreSchemas }: Comparison,
): Promise<readonly Outcome[]> {
	const texts = legs.map(({ statements }) => statements.join('\n'));
	try {
		const options = { ignoreSchemas, isTransactional: await isTransactional(texts.join('\n')) };
		return await inTrial(scratch, options, async (trial) => {
			const outcomes: Outcome[] = [];
			for (const [place, { to }] of legs.entries()) {
				const outcome = await runLeg(trial, texts[place] ?? '', to);
				outcomes.push(outcome);
				if (outcome !== true) break;
			}
			return outcomes;
		});
	} catch (error) {
		return [(error as Error).message];
	}
}

async function runLeg(trial: Trial, text: string, to: Catalog): Promise<Outcome> {
	try {
		await trial.run(text);
	} catch (error) {
		if (trial.canUndo && isTooMuch(error)) throw error;
		return (error as Error).message;
	}
	const left = await describeObjectDifferences(await trial.readObjects(), to);
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
