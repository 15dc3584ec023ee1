import type { Catalog } from '../catalog/catalog.ts';
import type { Loss, Reversibility } from '../journal/migration.ts';
import { findDataChanges } from '../sql/find-data-changes.ts';
import { parseStatements } from '../sql/parse-statements.ts';
import { findLosses } from './find-losses.ts';

export interface MigrationFacts {
	readonly upSql: string;
	readonly before: Catalog;
	readonly after: Catalog;
	/** Identities of the tables of which the up was seen to change rows. */
	readonly changedTables: readonly string[];
}

export interface Classification {
	readonly reversibility: Exclude<Reversibility, 'irreversible'>;
	readonly loses: readonly Loss[];
	readonly notes: readonly string[];
}

/** How much the way back of a migration gives back: what is lost, and whether rows were changed that stay so. */
export async function classify(facts: MigrationFacts): Promise<Classification> {
	const loses = findLosses(facts.before, facts.after);
	const notes = await listNotes(facts.upSql);
	if (await changesRows(facts)) return { reversibility: 'schema-only', loses, notes };
	return { reversibility: loses.length > 0 ? 'lossy' : 'lossless', loses, notes };
}

async function changesRows({ upSql, before, changedTables }: MigrationFacts): Promise<boolean> {
	if ((await findDataChanges(upSql)).length > 0) return true;
	const present = new Set([...before.objects.values()].map(({ identity }) => identity));
	return changedTables.some((identity) => present.has(identity));
}

/** Things that belong to the whole server are not this database's to take back. */
async function listNotes(upSql: string): Promise<readonly string[]> {
	const kinds = new Set((await parseStatements(upSql)).map(({ kind }) => kind));
	return Object.entries(SERVER_WIDE).flatMap(([kind, note]) => (kinds.has(kind) ? [note] : []));
}

const SERVER_WIDE: Readonly<Record<string, string>> = {
	CreateRoleStmt: 'roles belong to the whole server: those that the up creates are left in place',
	AlterRoleStmt: 'roles belong to the whole server: what the up changes about them is left as it is',
	AlterRoleSetStmt: 'settings of roles belong to the whole server: they are left as they are',
	DropRoleStmt: 'roles belong to the whole server: those that the up drops are not created again',
	GrantRoleStmt: 'memberships of roles belong to the whole server: they are left as they are',
	CreatedbStmt: 'databases belong to the whole server: those that the up creates are left in place',
	CreateTableSpaceStmt: 'tablespaces belong to the whole server: those that the up creates are left in place',
	AlterSystemStmt: 'settings of the server are left as they are',
	AlterDatabaseSetStmt: 'settings of the database are left as they are',
};
