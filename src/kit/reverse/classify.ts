import { type AttributeValue, type CatalogObject, keyOf } from '../catalog/catalog.ts';
import { nameObject } from '../catalog/name-object.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';
import type { Loss, Reversibility } from '../journal/migration.ts';
import { nameLostValues, nameOtherLoss } from '../journal/name-loss.ts';
import { findDataChanges } from '../sql/find-data-changes.ts';
import { findRecastColumns } from '../sql/find-recast-columns.ts';
import { findRestartedSequences } from '../sql/find-restarted-sequences.ts';
import { listExecuted } from '../sql/list-executed.ts';
import { quoteQualified } from '../sql/quote-identifier.ts';
import { findLosses } from './find-losses.ts';
import type { Proof, SeenChanges } from './prove-in-trial.ts';

export interface MigrationFacts {
	readonly upSql: string;
	readonly before: CatalogObjects;
	readonly after: CatalogObjects;
	/** What the up was seen to do to rows and sequences. */
	readonly seen: SeenChanges;
}

export interface Classification {
	readonly reversibility: Exclude<Reversibility, 'irreversible'>;
	readonly loses: readonly Loss[];
	readonly notes: readonly string[];
}

/** How much the way back of a migration gives back: what is lost, and whether rows were changed that stay so. */
export async function classify(facts: MigrationFacts): Promise<Classification> {
	const { upSql, before, after, seen } = facts;
	const found = findLosses(before, after);
	const recast = await nameRecastColumns(facts, found);
	const notes = await listNotes(upSql);
	const routines = listRoutines(before);
	const isWriting =
		(await findDataChanges(upSql, { routines })).length > 0 || isAnyPresent(seen.changedTables, before);
	if (isWriting) return { reversibility: 'schema-only', loses: [...found, ...recast], notes };
	const moved = [...seen.movedSequences, ...(await listRestarted(facts))];
	const loses = [...found, ...recast, ...nameMovedSequences(moved, before)];
	return { reversibility: loses.length > 0 ? 'lossy' : 'lossless', loses, notes };
}

/** The same with what only rows have shown. */
export async function classifyAfterProof(
	facts: MigrationFacts,
	{ seen, changedRows }: Pick<Proof, 'seen' | 'changedRows'>,
): Promise<Classification> {
	const classification = await classify({
		...facts,
		seen: {
			changedTables: [...facts.seen.changedTables, ...seen.changedTables],
			movedSequences: [...facts.seen.movedSequences, ...seen.movedSequences],
		},
	});
	const changed = new Set(namesOf(seen.changedTables, facts.before));
	const undeclared = changedRows.filter(({ schema, name }) => !changed.has(`${schema}.${name}`));
	if (undeclared.length === 0) return classification;
	const named = undeclared.map(({ schema, name }) =>
		nameOtherLoss(`values in rows of ${quoteQualified(schema, name)}`, false),
	);
	const { reversibility, loses } = classification;
	return {
		...classification,
		reversibility: reversibility === 'lossless' ? 'lossy' : reversibility,
		loses: [...loses, ...named],
	};
}

function isAnyPresent(identities: readonly string[], { objects }: CatalogObjects): boolean {
	const present = new Set([...objects.values()].map(({ identity }) => identity));
	return identities.some((identity) => present.has(identity));
}

function namesOf(identities: readonly string[], { objects }: CatalogObjects): readonly string[] {
	return [...objects.values()]
		.filter(({ identity }) => identities.includes(identity))
		.map(({ names }) => names.join('.'));
}

/** Columns that a `USING` gave other values than their own, as they are called before. */
async function nameRecastColumns(
	{ upSql, before, after }: MigrationFacts,
	found: readonly Loss[],
): Promise<readonly Loss[]> {
	const recast = await findRecastColumns(upSql);
	const columns = [...before.objects.values()].filter(({ kind }) => kind === 'column');
	const identities = new Set(
		recast.flatMap(({ schema, table, column }) => {
			const key = keyOf('column', [schema, table, column]);
			return (before.objects.get(key) ?? after.objects.get(key))?.identity ?? [];
		}),
	);
	return columns
		.filter(({ identity }) => identities.has(identity))
		.map(({ names: [schema = '', table = '', column = ''] }) => nameLostValues(schema, table, column, true))
		.filter(({ subject }) => !found.some((loss) => loss.isLostByUp && loss.subject === subject));
}

/** By identity; on a sequence that nothing was taken from yet, nothing is seen to move. */
async function listRestarted({ upSql, before, after }: MigrationFacts): Promise<readonly string[]> {
	const sides = [before, after].map(({ objects }) => [...objects.values()]);
	return (await findRestartedSequences(upSql)).flatMap(({ schema, name, column }) =>
		sides.flatMap((objects) => {
			if (column === undefined) return objects.find(isCalled('sequence', schema, name))?.identity ?? [];
			const owner = `${schema}.${name}.${column} (identity)`;
			return objects.find(({ attributes }) => isOwner(attributes['owned by'], owner))?.identity ?? [];
		}),
	);
}

/** As PostgreSQL prints it: quoted where needed, and without a schema that is on the search path. */
function isOwner(printed: AttributeValue | undefined, owner: string): boolean {
	const plain = String(printed).replaceAll('"', '');
	return plain === owner || `public.${plain}` === owner;
}

function isCalled(kind: string, ...names: readonly string[]): (object: CatalogObject) => boolean {
	return (object) => object.kind === kind && object.names.join('\0') === names.join('\0');
}

function nameMovedSequences(identities: readonly string[], { objects }: CatalogObjects): readonly Loss[] {
	return [...objects.values()]
		.filter(({ kind, identity }) => kind === 'sequence' && identities.includes(identity))
		.filter(({ identity }, place, all) => all.findIndex((item) => item.identity === identity) === place)
		.map((sequence) => nameOtherLoss(`position of ${nameObject(sequence)}`, true));
}

/** The routines of a state, by name, each with its definition. */
function listRoutines({ objects }: CatalogObjects): ReadonlyMap<string, readonly string[]> {
	const routines = new Map<string, readonly string[]>();
	for (const { kind, names, attributes } of objects.values()) {
		if (kind !== 'function' && kind !== 'procedure') continue;
		const name = names[1] ?? '';
		routines.set(name, [...(routines.get(name) ?? []), String(attributes.definition)]);
	}
	return routines;
}

/** Things that belong to the whole server are not this database's to take back. */
async function listNotes(upSql: string): Promise<readonly string[]> {
	const kinds = new Set((await listExecuted(upSql)).map(({ tree }) => Object.keys(tree)[0] ?? ''));
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
	DropdbStmt: 'databases belong to the whole server: those that the up drops are not created again',
	DropTableSpaceStmt: 'tablespaces belong to the whole server: those that the up drops are not created again',
	AlterTableSpaceOptionsStmt:
		'tablespaces belong to the whole server: what the up changes about them is left as it is',
	AlterSystemStmt: 'settings of the server are left as they are',
	AlterDatabaseSetStmt: 'settings of the database are left as they are',
};
