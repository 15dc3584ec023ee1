import type { Catalog, CatalogObject } from '../catalog/catalog.ts';
import { planOwnedStatements } from '../catalog/plan-catalog-change.ts';
import type { Shapes } from './fill/read-table-shapes.ts';
import { invertRenames } from './invert-renames.ts';
import type { Trial } from './open-trial.ts';
import { restoreColumns } from './restore-columns.ts';
import { restoreSequences } from './restore-sequences.ts';

export interface DerivedDown {
	readonly statements: readonly string[];
	/** NOT NULL columns whose values are gone: existing rows get a placeholder. */
	readonly placeholders: readonly CatalogObject[];
}

/**
 * The statements that lead from the state after a migration back to the one before: first everything gets its old name
 * back, then the two catalogs are compared for the rest.
 * @param trial the state after; the statements have run in it afterwards
 * @param states.shapes of the state before
 */
export async function deriveDown(
	trial: Trial,
	states: { readonly before: Catalog; readonly after: Catalog; readonly shapes: Shapes },
): Promise<DerivedDown> {
	const renames = invertRenames(states.before, states.after);
	await trial.run(renames.join('\n'));
	const from = renames.length === 0 ? states.after : await trial.readCatalog();
	const planned = await planOwnedStatements(from, states.before, { mayLoseValues: true });
	const { statements, placeholders } = await restoreColumns(trial, planned, { ...states, from });
	const rest = [...statements, ...restoreSequences(planned, from, states.before)];
	await trial.run(rest.join('\n'));
	return { statements: [...renames, ...rest], placeholders };
}
