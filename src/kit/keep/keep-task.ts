import type { Session } from '../database/session.ts';
import { quoteLiteral, quoteQualified } from '../sql/quote-identifier.ts';
import type { Lost } from './find-lost.ts';
import type { TablePlace } from './kept.ts';
import { type ColumnFacts, readTable, type TableFacts } from './read-table.ts';

/** One set-based statement's worth of keeping. */
export type KeepTask =
	| { readonly kind: 'table'; readonly table: TableFacts; readonly subject: string }
	| {
			readonly kind: 'column' | 'values';
			readonly table: TableFacts;
			readonly columns: readonly ColumnFacts[];
			/** The columns of the key; undefined: rows are known by all their other columns. */
			readonly key: readonly string[] | undefined;
			/** Columns that stay, for a table without a key. */
			readonly others: readonly string[];
	  }
	| { readonly kind: 'sequence'; readonly name: string; readonly subject: string };

/**
 * What there is in the database of what a step throws away. Objects that the step makes itself, generated columns and what is
 * gone already are left out; of a partitioned or inherited table each member is a task of its own where rows are.
 */
export async function resolveLost(session: Session, lost: readonly Lost[]): Promise<readonly KeepTask[]> {
	const tables = await readTables(session, lost);
	const dropped = findDroppedTables(lost, tables);
	const columns = findLostColumns(lost, tables, dropped);
	return [
		...[...dropped.values()].filter(({ isPartitioned }) => !isPartitioned).map(toTableTask),
		...[...columns.values()].flatMap(toColumnTasks),
		...findSequences(lost),
	];
}

type Tables = ReadonlyMap<Lost, readonly TableFacts[]>;

/** Each loss with its table; a dropped schema with all of its tables, a partitioned table with its leaves. */
async function readTables(session: Session, lost: readonly Lost[]): Promise<Tables> {
	const tables = new Map<Lost, readonly TableFacts[]>();
	const families = new Map<string, readonly TableFacts[]>();
	for (const each of lost) {
		if (each.kind === 'sequence') continue;
		const name = JSON.stringify([each.kind, each.schema, each.table]);
		const places = each.kind === 'schema' ? await listTables(session, each.schema ?? '') : [each];
		const family = families.get(name) ?? (await readFamilies(session, places, each.kind));
		families.set(name, family);
		tables.set(each, family);
	}
	return tables;
}

async function readFamilies(
	session: Session,
	places: readonly { readonly schema?: string | undefined; readonly table: string }[],
	kind: Lost['kind'],
): Promise<readonly TableFacts[]> {
	const found: TableFacts[] = [];
	for (const place of places) {
		const table = await readTable(session, place);
		if (table === undefined) continue;
		found.push(table);
		const isWithMembers = table.isPartitioned ? kind === 'table' || kind === 'schema' : kind !== 'table';
		for (const member of isWithMembers ? table.descendants : []) {
			const facts = await readTable(session, member);
			if (facts !== undefined) found.push(facts);
		}
	}
	return found;
}

async function listTables(session: Session, schema: string): Promise<readonly TablePlace[]> {
	const [rows = []] = await session.run(
		`SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${quoteLiteral(schema)} AND c.relkind IN ('r', 'p') ORDER BY c.oid`,
	);
	return rows.map(({ name }) => ({ schema, table: name ?? '' }));
}

function findDroppedTables(lost: readonly Lost[], tables: Tables): ReadonlyMap<string, TableFacts> {
	const found = new Map<string, TableFacts>();
	for (const each of lost.filter(({ kind }) => kind === 'table' || kind === 'schema')) {
		for (const table of tables.get(each) ?? []) found.set(table.oid, table);
	}
	return found;
}

interface LostColumns {
	readonly table: TableFacts;
	readonly columns: Map<string, { readonly column: ColumnFacts; readonly kind: 'column' | 'values' }>;
}

/** By table; of the members of an inheritance tree each has its own rows. */
function findLostColumns(
	lost: readonly Lost[],
	tables: Tables,
	dropped: ReadonlyMap<string, TableFacts>,
): ReadonlyMap<string, LostColumns> {
	const found = new Map<string, LostColumns>();
	for (const each of lost.filter(({ kind }) => kind === 'column' || kind === 'values')) {
		for (const table of (tables.get(each) ?? []).filter(({ oid }) => !dropped.has(oid))) {
			const column = table.columns.find(({ name }) => name === each.column);
			if (column === undefined || column.isGenerated) continue;
			const entry = found.get(table.oid) ?? { table, columns: new Map() };
			const isDropped = each.kind === 'column' || entry.columns.get(column.name)?.kind === 'column';
			entry.columns.set(column.name, { column, kind: isDropped ? 'column' : 'values' });
			found.set(table.oid, entry);
		}
	}
	return found;
}

function toTableTask(table: TableFacts): KeepTask {
	return { kind: 'table', table, subject: `table ${quoteQualified(table.schema, table.table)}` };
}

function toColumnTasks({ table, columns }: LostColumns): readonly KeepTask[] {
	const key = table.keys.find((names) => names.every((name) => !columns.has(name)));
	const others = table.columns
		.filter(({ name, isGenerated }) => !columns.has(name) && !isGenerated)
		.map(({ name }) => name);
	return (['column', 'values'] as const).flatMap((kind) => {
		const chosen = [...columns.values()].filter((each) => each.kind === kind).map(({ column }) => column);
		if (chosen.length === 0) return [];
		// Values are compared, and let go, column by column.
		const groups = kind === 'values' ? chosen.map((column) => [column]) : [chosen];
		return groups.map((group) => ({ kind, table, columns: group, key, others }));
	});
}

function findSequences(lost: readonly Lost[]): readonly KeepTask[] {
	const byName = new Map(
		lost.filter(({ kind }) => kind === 'sequence').map(({ table, subject }) => [table, subject]),
	);
	return [...byName].map(([name, subject]) => ({ kind: 'sequence', name, subject }));
}
