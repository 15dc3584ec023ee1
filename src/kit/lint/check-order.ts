import { join } from 'node:path';
import type { Journal } from '../journal/journal.ts';
import type { Finding } from './finding.ts';

/** Entries of the journal that are not newer than one before them: a database that has the earlier one never gets the later. */
export function checkOrder({ folder, layout, migrations }: Journal): readonly Finding[] {
	// Folders are in the order of their names, whatever else.
	if (layout === 'folders') return [];
	let newest = migrations[0];
	const findings: Finding[] = [];
	for (const migration of migrations.slice(1)) {
		if (newest !== undefined && migration.when <= newest.when)
			findings.push({
				code: 'OUT_OF_ORDER',
				severity: 'error',
				what: `${migration.tag} stands after ${newest.tag} in the journal, and its \`when\` is not later.`,
				why: "On a database that has the earlier one, drizzle's migrator skips it silently and ours refuses it.",
				how: 'Two branches were merged: delete the later migration (SQL, snapshot, journal entry) and run `pnpm db:generate` again.',
				tag: migration.tag,
				file: join(folder, 'meta', '_journal.json'),
				line: 1,
			});
		else newest = migration;
	}
	return findings;
}
