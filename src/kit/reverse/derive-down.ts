import type { Catalog, CatalogObject } from '../catalog/catalog.ts';
import { planOwnedStatements } from '../catalog/plan-catalog-change.ts';
import type { Shapes } from './fill/read-table-shapes.ts';
import { forgiveCasts } from './forgive-casts.ts';
import { invertRenames } from './invert-renames.ts';
import type { Trial } from './open-trial.ts';
import { restoreColumns } from './restore-columns.ts';
import { type Owners, readOwners, restoreOwners } from './restore-owners.ts';
import { restorePartitions } from './restore-partitions.ts';
import { restoreSequences } from './restore-sequences.ts';
import { MigrationSqlFailed } from './run-migration-sql.ts';

export interface DerivedDown {
	readonly statements: readonly string[];
	/** NOT NULL columns whose values are gone: existing rows get a placeholder. */
	readonly placeholders: readonly CatalogObject[];
	/** Columns whose values are given up where the old type does not take them. */
	readonly forgiven: readonly CatalogObject[];
}

export interface DeriveDownOptions {
	/** Whether values that an old type does not take are given up instead of making the down fail. */
	readonly forgivesValues?: boolean;
}

/**
 * The statements that lead from the state after a migration back to the one before: first everything gets its old name
 * back, then the two catalogs are compared for the rest.
 * @param trial the state after; the statements have run in it afterwards
 * @param states.shapes of the state before, and so are the owners
 */
export async function deriveDown(
	trial: Trial,
	states: {
		readonly before: Catalog;
		readonly after: Catalog;
		readonly shapes: Shapes;
		readonly owners: Owners;
	},
	{ forgivesValues }: DeriveDownOptions = {},
): Promise<DerivedDown> {
	const renames = invertRenames(states.before, states.after);
	await trial.run(renames.join('\n'));
	const renamed = renames.length === 0 ? states.after : await trial.readCatalog();
	const moves = await runThoseThatRun(trial, restorePartitions(renamed, states.before));
	const from = moves.length === 0 ? renamed : await trial.readCatalog();
	const planned = await planOwnedStatements(from, states.before, { mayLoseValues: true });
	const { statements: cast, forgiven } = forgivesValues
		? forgiveCasts(planned, from, states.before)
		: { statements: planned, forgiven: [] };
	const { statements, placeholders } = await restoreColumns(trial, cast, { ...states, from });
	const rest = [...statements, ...restoreSequences(planned, from, states.before)];
	await trial.run(rest.join('\n'));
	const owners = await returnToOwners(trial, states);
	return { statements: [...renames, ...moves, ...rest, ...owners], placeholders, forgiven };
}

/** No part of a catalog: in a project's own database the owners are others than in a scratch database. */
async function returnToOwners(
	trial: Trial,
	{ before, owners }: { readonly before: Catalog; readonly owners: Owners },
): Promise<readonly string[]> {
	const present = await readOwners(trial.read);
	if (present.size === 0 && owners.size === 0) return [];
	const from = { catalog: await trial.readCompared(), owners: present };
	const statements = restoreOwners(from, { catalog: before, owners });
	await trial.run(statements.join('\n'));
	return statements;
}

/** What the present tables do not allow yet is left to the comparison of the catalogs. */
async function runThoseThatRun(
	trial: Trial,
	groups: readonly (readonly string[])[],
): Promise<readonly string[]> {
	const done: string[] = [];
	for (const statements of groups) {
		try {
			await trial.run(statements.join('\n'));
			done.push(...statements);
		} catch (error) {
			if (!(error instanceof MigrationSqlFailed)) throw error;
		}
	}
	return done;
}
