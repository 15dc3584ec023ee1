import type { Difference } from '../catalog/catalog.ts';
import { compareCatalogs } from '../catalog/compare-catalogs.ts';
import type { Session } from '../database/session.ts';
import type { Journal } from '../journal/journal.ts';
import { type ComparisonOptions, withComparison } from './with-comparison.ts';

/** Compares the live database with what a journal's migrations make in a scratch database. Empty means equal. */
export async function compareWithMigrations(
	session: Session,
	journal: Journal,
	options: ComparisonOptions,
): Promise<readonly Difference[]> {
	return await withComparison<readonly Difference[]>(session, journal, {
		...options,
		whenEqual: () => [],
		whenDifferent: async ({ readWhole }) => {
			const { live, expected } = await readWhole();
			return await compareCatalogs(live, expected);
		},
	});
}
