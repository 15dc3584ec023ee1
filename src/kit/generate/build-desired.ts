import type { Catalog, PlannedStatement } from '../catalog/catalog.ts';
import { compareObjects } from '../catalog/compare-objects.ts';
import { planCatalogChange } from '../catalog/plan-catalog-change.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import { openTrial, type Trial } from '../reverse/open-trial.ts';
import type { DesiredState } from '../reverse/prove-forward.ts';
import { recallObjects } from '../reverse/remember-catalog.ts';
import { isTransactional, MigrationSqlFailed } from '../reverse/run-migration-sql.ts';
import { toSql } from './in-modelled.ts';

/** Does something where a schema was made from nothing. */
export type InModelled = <Result>(work: (trial: Trial) => Promise<Result>) => Promise<Result>;

/** What decides where a migration should arrive. */
export interface DesiredSubject {
	/** Left as it is. */
	readonly before: ScratchDatabase;
	/** Whether the state before is known to be the last snapshot made from nothing. */
	readonly isModel: boolean;
	/** The last snapshot made from nothing. */
	readonly inModelledBefore: InModelled;
	/** The TypeScript schema made from nothing. */
	readonly inModelledAfter: InModelled;
	/** The renames among the migration's statements. */
	readonly renameStatements: readonly string[];
	readonly ignoreSchemas: readonly string[];
}

/** A state in which a migration should arrive, or why none is known. */
export type Desired =
	| {
			readonly kind: 'known';
			readonly state: DesiredState;
			/** Whether it is the TypeScript schema made from nothing, and the state before the last snapshot. */
			readonly isModel: boolean;
	  }
	| { readonly kind: 'unknown'; readonly reason: string };

/**
 * Where a migration should arrive: at the TypeScript schema, with everything that the state before has beyond its snapshot
 * (triggers and whatever else was written by hand, constraints that kept an old name). Where there is nothing of the kind
 * that is the TypeScript schema made from nothing itself.
 */
export async function buildDesired(subject: DesiredSubject): Promise<Desired> {
	if (subject.isModel || (await isModelled(subject)))
		return { kind: 'known', state: await readState(subject.inModelledAfter), isModel: true };
	try {
		return { kind: 'known', state: await readState(await changeBefore(subject)), isModel: false };
	} catch (error) {
		if (error instanceof MigrationSqlFailed || error instanceof PlanFailed)
			return { kind: 'unknown', reason: error.message };
		throw error;
	}
}

async function readState(there: InModelled): Promise<DesiredState> {
	return {
		objects: await there((trial) => trial.readObjects()),
		readCatalog: () => there((trial) => trial.readCatalog()),
	};
}

/** The state before, on which what has changed between the two models is done. */
async function changeBefore(subject: DesiredSubject): Promise<InModelled> {
	const { before, inModelledBefore, inModelledAfter, renameStatements, ignoreSchemas } = subject;
	const renames = await toSql(before, renameStatements);
	const from = await inModelledBefore(async (trial) => {
		await trial.run(renames);
		return await trial.readCatalog();
	});
	const to = await inModelledAfter((trial) => trial.readCatalog());
	const change = (await planChange(from, to)).map(({ sql }) => sql).join('\n');
	const isOneTransaction = (await isTransactional(renames)) && (await isTransactional(change));
	return async (work) => {
		const trial = await openTrial(before, { ignoreSchemas, isTransactional: isOneTransaction });
		try {
			for (const sql of [renames, change]) await trial.run(sql);
			return await work(trial);
		} finally {
			await trial.close();
		}
	};
}

async function isModelled({ before, inModelledBefore, ignoreSchemas }: DesiredSubject): Promise<boolean> {
	const modelled = await inModelledBefore((trial) => trial.readCompared());
	return (await compareObjects(await recallObjects(before, { ignoreSchemas }), modelled)).length === 0;
}

class PlanFailed extends Error {}

async function planChange(from: Catalog, to: Catalog): Promise<readonly PlannedStatement[]> {
	try {
		return await planCatalogChange(from, to);
	} catch (error) {
		throw new PlanFailed(error instanceof Error ? error.message : String(error), { cause: error });
	}
}
