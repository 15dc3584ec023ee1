import { floorToSecond } from '../journal/folder-name.ts';
import type { Journal } from '../journal/journal.ts';
import type { Migration } from '../journal/migration.ts';
import type { AppliedMigration, Ledger } from '../ledger/ledger.ts';
import type { LedgerForm, RowName } from '../ledger/ledger-table.ts';

/** How rows have to be written: as the table has it, or as drizzle-orm of the migrations' layout would make or upgrade it. */
export function shapeLedger({ layout, migrations }: Journal, ledger: Ledger): LedgerForm {
	const isOfFolders = layout === 'folders';
	const hasNames = ledger.exists ? (ledger.hasNames ?? false) : isOfFolders;
	return {
		...(layout === undefined ? {} : { layout }),
		...(hasNames ? { hasNames } : {}),
		...(ledger.exists && isOfFolders && !hasNames ? { upgrade: nameRows(migrations, ledger.applied) } : {}),
	};
}

/**
 * The names that drizzle-orm 1.0 gives to rows of 0.x: by the second of `when`; where several migrations are of that second, or none
 * is, by checksum. Rows that it would refuse stay without one.
 * @see drizzle-orm 1.0 `upToV1`
 */
function nameRows(
	migrations: readonly Migration[],
	applied: readonly AppliedMigration[],
): readonly RowName[] {
	const bySecond = groupByWhen(migrations);
	const byChecksum = new Map(migrations.map((migration) => [migration.up?.checksum, migration]));
	return applied.flatMap(({ id, when, checksum }) => {
		const candidates = when === undefined ? [] : (bySecond.get(floorToSecond(when)) ?? []);
		const found =
			candidates.length > 1
				? candidates.find(({ up }) => up?.checksum === checksum)
				: (candidates[0] ?? byChecksum.get(checksum));
		return found === undefined ? [] : [{ id, name: found.tag }];
	});
}

function groupByWhen(migrations: readonly Migration[]): ReadonlyMap<number, readonly Migration[]> {
	const groups = new Map<number, Migration[]>();
	for (const migration of migrations) {
		const group = groups.get(migration.when);
		if (group === undefined) groups.set(migration.when, [migration]);
		else group.push(migration);
	}
	return groups;
}
