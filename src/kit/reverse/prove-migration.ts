import type { CatalogObjects } from '../catalog/read-catalog.ts';
import type { ScratchDatabase } from '../database/scratch/open-scratch-server.ts';
import type { Loss } from '../journal/migration.ts';
import { findDataChanges } from '../sql/find-data-changes.ts';
import { parseStatements } from '../sql/parse-statements.ts';
import { findNodes } from '../sql/walk-nodes.ts';
import { findTouchedTables } from './fill/find-touched-tables.ts';
import type { TableToRead } from './fill/read-rows.ts';
import type { Shapes } from './fill/read-table-shapes.ts';
import { inTrial, tooMuch } from './open-trial.ts';
import {
	NOTHING_SEEN,
	type Proof,
	proveInTrial,
	type RowsToProve,
	type SeenChanges,
} from './prove-in-trial.ts';
import { isTransactional, MigrationSqlFailed } from './run-migration-sql.ts';

export interface MigrationToProve {
	/** The state before; left as it is. */
	readonly database: ScratchDatabase;
	readonly upSql: string;
	readonly downSql: string;
	readonly before: CatalogObjects;
	readonly after: CatalogObjects;
	readonly loses: readonly Loss[];
	/** What the up was seen to do on the tables as the migrations leave them. */
	readonly seen: SeenChanges;
	/** Whether the way back leaves other rows than there were. */
	readonly leavesOtherRows: boolean;
	readonly ignoreSchemas: readonly string[];
	readonly shapes: { readonly before: Shapes; readonly after: Shapes };
}

export interface RowsProof extends Proof {
	/** Tables that had to stay empty, because the up itself does not run on rows in them, each with PostgreSQL's reason. */
	readonly leftEmpty: readonly { readonly table: string; readonly why: string }[];
}

export interface MigrationProof {
	/** On the tables as the migrations leave them: what is wrong there is wrong everywhere. */
	readonly asIs: Proof;
	/** On rows; absent where the migration does nothing to a table. */
	readonly onRows?: RowsProof;
}

/** Up, down, up again on rows; and without them where there are none, or where that leaves a doubt. */
export async function proveMigration(migration: MigrationToProve): Promise<MigrationProof> {
	const onRows = await proveOnRows(migration);
	if (onRows && isClean(onRows)) return { asIs: onRows, onRows };
	return { asIs: await tryOnce(migration, undefined), ...(onRows ? { onRows } : {}) };
}

function isClean({ failure, differences, changedRows, leftEmpty }: RowsProof): boolean {
	return failure === undefined && [differences, changedRows, leftEmpty].every(({ length }) => length === 0);
}

/**
 * Up, down, up again on rows in every table that the migration does something to, whose rows are then compared. Where the
 * up does not run on NULLs they are left out, and where it does not run on any row of a table that one stays empty.
 */
async function proveOnRows(migration: MigrationToProve): Promise<RowsProof | undefined> {
	const mentioned = await listMentionedTables(migration.upSql);
	const fill = new Set(findTouchedTables(migration.before, migration.after, mentioned));
	if (fill.size === 0) return undefined;
	const compare = await listTablesToCompare(migration, fill);
	const leftEmpty: { table: string; why: string }[] = [];
	let nulls = true;
	for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
		const proof = await tryOnce(migration, { fill, compare, nulls });
		if (proof.failure?.during !== 'up') return { ...proof, leftEmpty };
		const culprit = nulls ? undefined : findCulprit(migration.before, fill, proof.failure.table);
		if (!nulls) {
			for (const identity of culprit ? [culprit] : [...fill]) fill.delete(identity);
			leftEmpty.push({ table: proof.failure.table?.name ?? 'every table', why: proof.failure.message });
		}
		nulls = false;
		if (fill.size === 0) break;
	}
	return { differences: [], changedRows: [], seen: NOTHING_SEEN, leftEmpty };
}

const MOST_ATTEMPTS = 5;

async function tryOnce(migration: MigrationToProve, rows: RowsToProve | undefined): Promise<Proof> {
	const { database, upSql, downSql, ignoreSchemas } = migration;
	const isOneTransaction = (await isTransactional(upSql)) && (await isTransactional(downSql));
	return await inTrial(database, { ignoreSchemas, isTransactional: isOneTransaction }, async (trial) => {
		const proof = await proveInTrial(trial, { ...migration, ...(rows ? { rows } : {}) });
		if (trial.canUndo && proof.failure?.sqlstate === tooMuch)
			throw new MigrationSqlFailed(proof.failure, undefined);
		return proof;
	});
}

/** `schema.table` of every table that the SQL names. */
async function listMentionedTables(sql: string): Promise<ReadonlySet<string>> {
	const statements = await parseStatements(sql);
	const relations = statements.flatMap(({ kind, node }) =>
		findNodes({ [kind]: node }, (name) => name === 'RangeVar' || name === 'relation'),
	);
	return new Set(relations.map(({ schemaname, relname }) => `${schemaname ?? 'public'}.${relname}`));
}

function findCulprit(
	before: CatalogObjects,
	fill: ReadonlySet<string>,
	table: { readonly schema: string; readonly name: string } | undefined,
): string | undefined {
	const found = [...before.objects.values()].find(
		({ kind, names }) => kind === 'table' && names[0] === table?.schema && names[1] === table?.name,
	);
	return found && fill.has(found.identity) ? found.identity : undefined;
}

/** Tables that outlive the migration, without the columns of which something is known to be lost, and without those whose rows it changes. */
async function listTablesToCompare(
	migration: MigrationToProve,
	fill: ReadonlySet<string>,
): Promise<readonly TableToRead[]> {
	const { before, after, upSql, seen } = migration;
	const changes = await findDataChanges(upSql);
	if (changes.some(({ table }) => table === undefined)) return [];
	const changed = new Set(changes.map(({ table = '' }) => (table.includes('.') ? table : `public.${table}`)));
	const present = new Set([...after.objects.values()].map(({ identity }) => identity));
	const lost = listLostColumns(migration);
	return [...before.objects.values()]
		.filter(
			({ kind, identity, names }) =>
				kind === 'table' &&
				fill.has(identity) &&
				present.has(identity) &&
				!seen.changedTables.includes(identity) &&
				!changed.has(names.join('.')),
		)
		.map(({ names: [schema = '', name = ''] }) => ({
			schema,
			name,
			without: [...listLost(before, lost, `${schema}.${name}`), ...listGenerated(before, schema, name)],
		}));
}

/** A table's lost columns, with those that it has from a parent which loses them: nothing is said of them by themselves. */
function listLost(
	before: CatalogObjects,
	lost: ReadonlyMap<string, readonly string[]>,
	table: string,
): readonly string[] {
	const objects = [...before.objects.values()];
	const parents = objects.find(({ kind, names }) => kind === 'table' && names.join('.') === table)?.attributes
		.parents;
	const fromParents = (Array.isArray(parents) ? parents.map(String) : []).flatMap((parent) => {
		const plain = parent.replaceAll('"', '');
		const found = objects.find(
			({ kind, names }) =>
				kind === 'table' && (names.join('.') === plain || names.join('.') === `public.${plain}`),
		);
		return found === undefined ? [] : listLost(before, lost, found.names.join('.'));
	});
	const inherited = objects
		.filter(
			({ kind, names, attributes }) =>
				kind === 'column' && attributes.inherited && names.slice(0, 2).join('.') === table,
		)
		.map(({ names }) => names[2] ?? '');
	return [...(lost.get(table) ?? []), ...fromParents.filter((name) => inherited.includes(name))];
}

/** Generated columns follow from the others. */
function listGenerated({ objects }: CatalogObjects, schema: string, table: string): readonly string[] {
	return [...objects.values()]
		.filter(
			({ kind, names, attributes }) =>
				kind === 'column' && names[0] === schema && names[1] === table && attributes.generated !== undefined,
		)
		.map(({ names }) => names[2] ?? '');
}

/** By table and column as they are called before, which is how they are called again after the down. */
function listLostColumns({ before, after, loses }: MigrationToProve): ReadonlyMap<string, readonly string[]> {
	const old = new Map([...before.objects.values()].map((object) => [object.identity, object]));
	const lost = new Map<string, string[]>();
	for (const { kind, schema, table, column, isLostByUp } of loses) {
		if (kind !== 'column' && kind !== 'values') continue;
		const side = isLostByUp ? before : after;
		const object = [...side.objects.values()].find(
			(item) =>
				item.kind === 'column' &&
				item.names[0] === schema &&
				item.names[1] === table &&
				item.names[2] === column,
		);
		const was = old.get(object?.identity ?? '');
		if (was)
			lost.set(`${was.names[0]}.${was.names[1]}`, [
				...(lost.get(`${was.names[0]}.${was.names[1]}`) ?? []),
				was.names[2] ?? '',
			]);
	}
	return lost;
}
