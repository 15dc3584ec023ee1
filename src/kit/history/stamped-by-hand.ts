import { nameInLedger } from '../journal/folder-name.ts';
import type { Migration } from '../journal/migration.ts';
import type { AppliedMigration } from '../ledger/ledger.ts';
import type { LedgerForm } from '../ledger/ledger-table.ts';

/**
 * What is wrong with the row of a migration that drizzle's own migrator would not recognise as this migration; undefined where it would.
 * drizzle-orm 0.x goes by `created_at`, 1.0 by `name`.
 */
export function explainStamp(
	migration: Migration,
	row: AppliedMigration,
	{ hasNames }: LedgerForm,
): string | undefined {
	return migration.layout === 'folders'
		? explainName(migration, row, hasNames ?? false)
		: explainTime(migration, row);
}

/** A table of drizzle-orm 0.x is no problem: 1.0 names its rows as they were matched here. */
function explainName(
	{ tag }: Migration,
	{ id, name }: AppliedMigration,
	hasNames: boolean,
): string | undefined {
	if (!hasNames || name === tag) return undefined;
	return name === undefined
		? `The ledger's row ${id} is that of ${tag} and has no name, so that drizzle-orm would run the migration again: an older version wrote it, or a hand.`
		: `The ledger's row ${id} has the checksum of ${tag} and the name ${name}: the folder was renamed after it was applied, or the row was written by hand.`;
}

function explainTime(migration: Migration, { id, when, name }: AppliedMigration): string | undefined {
	const { tag } = migration;
	if (when === migration.when || (name !== undefined && name === nameInLedger(migration))) return undefined;
	return `The ledger's row ${id} has the checksum of ${tag}, and created_at ${when ?? 'NULL'} where the journal says ${migration.when}: it was stamped by hand.`;
}
