import type { Session } from '../database/session.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../sql/quote-identifier.ts';
import type { KeepTask } from './keep-task.ts';
import type {
	KeptConstraint,
	KeptDetails,
	KeptDirection,
	KeptPosition,
	KeptReport,
	RowMatching,
	TablePlace,
} from './kept.ts';
import { keptRegistry, nameStore, quoteTable, storeTable } from './kept-schema.ts';
import type { Made } from './list-made.ts';
import { fromRows, readForStore, storeMatching, toStored } from './match-rows.ts';
import { moveAside } from './move-aside.ts';
import { type ColumnFacts, readPosition, type TableFacts } from './read-table.ts';
import { isNamed } from './resolve-made.ts';
import { secludeStore } from './seclude-store.ts';
import { unfiltered } from './unfiltered.ts';

/** The step that throws something away. */
export interface KeepOrigin {
	/** The ledger's name, so that two ledgers of one database do not mix. */
	readonly ledger: string;
	readonly tag: string;
	readonly when: number;
	readonly direction: KeptDirection;
}

/** What is set aside of one task: its rows in the registry are written. */
export interface SetAside {
	readonly reports: readonly KeptReport[];
	/** For `values`: what `compareAfter` has to complete once the step has run. */
	readonly narrowed?: Narrowed;
}

/** Values that a step may change: kept before it, compared after it. */
export interface Narrowed {
	readonly table: TableFacts;
	readonly columns: readonly ColumnFacts[];
	readonly matching: RowMatching;
	readonly store: string;
	/** The registry's rows, in the order of the columns. */
	readonly ids: readonly number[];
}

export interface SetAsideOptions {
	/** Nothing is to happen to the table any more but that it is dropped. */
	readonly mayMove: boolean;
	/** What the step makes. */
	readonly made: Made;
}

/**
 * Sets one thing aside, inside the transaction of the step that throws it away. The registry is there.
 * Locks the table against writing, so that nothing is written between the copy and the loss.
 */
export async function setAside(
	session: Session,
	task: KeepTask,
	origin: KeepOrigin,
	options: SetAsideOptions,
): Promise<SetAside> {
	if (task.kind === 'sequence') return await keepSequence(session, task, origin);
	await session.run(
		`LOCK TABLE ${task.table.isPartitioned ? '' : 'ONLY '}${quoteTable(task.table)} IN SHARE ROW EXCLUSIVE MODE`,
	);
	if (task.kind === 'table') return await keepTable(session, task, origin, options);
	return await keepColumns(session, task, origin, options);
}

async function keepSequence(
	session: Session,
	{ name, subject }: KeepTask & { kind: 'sequence' },
	origin: KeepOrigin,
): Promise<SetAside> {
	const position = await readPosition(session, name);
	if (position === undefined) return { reports: [] };
	const place = await findSequence(session, name);
	const details: KeptDetails = { kind: 'sequence', positions: [position] };
	const entry = { kind: 'sequence', place, subject, rows: 0, values: 0, bytes: 0, details } as const;
	await register(session, origin, entry);
	return { reports: [{ subject, kind: 'sequence', rows: 0, values: 0, bytes: 0, how: 'copy' }] };
}

async function findSequence(session: Session, name: string): Promise<TablePlace> {
	const [[row] = []] = await session.run(
		`SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(${quoteLiteral(name)})`,
	);
	return { schema: row?.schema ?? 'public', table: row?.name ?? name };
}

async function keepTable(
	session: Session,
	{ table, subject }: KeepTask & { kind: 'table' },
	origin: KeepOrigin,
	{ mayMove, made }: SetAsideOptions,
): Promise<SetAside> {
	const columns = table.columns.filter(({ isGenerated }) => !isGenerated).map(toStored);
	const positions = await readPositions(session, table.columns);
	const rows = await unfiltered(session, table, async () => await countRows(session, fromRows(table)));
	const id = await nextId(session);
	const store = nameStore(id, table.table);
	const isMoved = rows > 0 && mayMove && table.isMovable && (await moveAside(session, table, store));
	if (rows > 0 && !isMoved) {
		const expressions = columns.map(
			(column) => `${readForStore(column, 't')} AS ${quoteIdentifier(column.name)}`,
		);
		await copy(session, table, store, expressions);
	}
	const bytes = rows > 0 ? await sizeOf(session, store) : 0;
	const isRemade = made.columns.some(({ relation }) => isNamed(relation, table));
	const details: KeptDetails = {
		kind: 'table',
		columns,
		positions,
		constraints: table.constraints,
		...(isRemade ? { isRemade } : {}),
	};
	const entry = { kind: 'table', place: table, subject, rows, values: rows, bytes, details } as const;
	await register(session, origin, { ...entry, id, ...(rows > 0 ? { store } : {}) });
	return {
		reports: [
			{
				subject,
				kind: 'table',
				rows,
				values: rows,
				bytes,
				how: rows === 0 ? 'none' : isMoved ? 'move' : 'copy',
			},
		],
	};
}

async function keepColumns(
	session: Session,
	task: KeepTask & { kind: 'column' | 'values' },
	origin: KeepOrigin,
	{ made }: SetAsideOptions,
): Promise<SetAside> {
	const { table, columns, kind } = task;
	// A child gets its columns from its parent.
	const isRemade = (name: string) =>
		kind === 'column' &&
		made.columns.some((each) => each.name === name && (table.hasParents || isNamed(each.relation, table)));
	const matching = chooseMatching(task);
	const ids: number[] = [];
	for (const _ of columns) ids.push(await nextId(session));
	const store = nameStore(ids[0] ?? 0, table.table);
	const stored = columns.map(
		(column) => `${readForStore(toStored(column), 't')} AS ${quoteIdentifier(column.name)}`,
	);
	await copy(session, table, store, [...storeMatching(matching), ...stored]);
	const counts = await countValues(session, store, columns);
	const isNeeded = (column: ColumnFacts, place: number) =>
		counts.rows > 0 &&
		(kind === 'values' || column.hasDefault || isRemade(column.name) || (counts.values[place] ?? 0) > 0);
	const isStored = columns.some(isNeeded);
	const bytes = isStored ? Math.round((await sizeOf(session, store)) / columns.length) : 0;
	const reports: KeptReport[] = [];
	for (const [place, column] of columns.entries()) {
		const names = quoteQualified(table.schema, table.table, column.name);
		const subject = kind === 'values' ? `values of column ${names}` : `column ${names}`;
		const described = await describeColumn(session, task, column, matching);
		const details = isRemade(column.name) ? { ...described, isRemade: true } : described;
		const values = counts.values[place] ?? 0;
		const entry = {
			kind,
			place: table,
			column: column.name,
			subject,
			rows: counts.rows,
			values,
			bytes,
			details,
		};
		await register(session, origin, {
			...entry,
			id: ids[place] ?? 0,
			...(isNeeded(column, place) ? { store } : {}),
		});
		reports.push({
			subject,
			kind,
			rows: counts.rows,
			values,
			bytes,
			how: isNeeded(column, place) ? 'copy' : 'none',
		});
	}
	if (!isStored) await session.run(`DROP TABLE ${storeTable(store)}`);
	return {
		reports,
		...(kind === 'values' && isStored ? { narrowed: { table, columns, matching, store, ids } } : {}),
	};
}

function chooseMatching({ table, key, others }: KeepTask & { kind: 'column' | 'values' }): RowMatching {
	if (key === undefined) return { kind: 'row', columns: others };
	const columns = key.map((name) => table.columns.find((column) => column.name === name) as ColumnFacts);
	return { kind: 'key', columns: columns.map(toStored) };
}

async function describeColumn(
	session: Session,
	{ kind, table }: KeepTask & { kind: 'column' | 'values' },
	column: ColumnFacts,
	matching: RowMatching,
): Promise<KeptDetails> {
	const constraints = table.constraints.filter(({ columns }) => columns.includes(column.name));
	const common = {
		column: toStored(column),
		matching,
		constraints: constraints as readonly KeptConstraint[],
	};
	if (kind === 'column') return { kind, ...common, positions: await readPositions(session, [column]) };
	const key = matching.kind === 'row' ? matching.columns : matching.columns.map(({ name }) => name);
	return { kind, ...common, after: { schema: table.schema, table: table.table, column: column.name, key } };
}

async function readPositions(
	session: Session,
	columns: readonly ColumnFacts[],
): Promise<readonly KeptPosition[]> {
	const positions: KeptPosition[] = [];
	for (const { name, sequence } of columns) {
		if (sequence === null) continue;
		const position = await readPosition(session, sequence);
		if (position !== undefined) positions.push({ ...position, column: name });
	}
	return positions;
}

async function copy(
	session: Session,
	table: TableFacts,
	store: string,
	expressions: readonly string[],
): Promise<void> {
	const columns = expressions.length === 0 ? '' : ` ${expressions.join(', ')}`;
	await unfiltered(session, table, async () => {
		await session.run(`CREATE TABLE ${storeTable(store)} AS SELECT${columns} FROM ${fromRows(table)}`);
	});
	await secludeStore(session, store);
}

async function countRows(session: Session, from: string): Promise<number> {
	const [[row] = []] = await session.run(`SELECT count(*) AS rows FROM ${from}`);
	return Number(row?.rows);
}

async function countValues(
	session: Session,
	store: string,
	columns: readonly ColumnFacts[],
): Promise<{ readonly rows: number; readonly values: readonly number[] }> {
	const counts = columns.map(({ name }, place) => `, count(${quoteIdentifier(name)}) AS v${place}`).join('');
	const [[row] = []] = await session.run(`SELECT count(*) AS rows${counts} FROM ${storeTable(store)}`);
	return { rows: Number(row?.rows), values: columns.map((_, place) => Number(row?.[`v${place}`])) };
}

/** Bytes. */
async function sizeOf(session: Session, store: string): Promise<number> {
	const [[row] = []] = await session.run(
		`SELECT pg_table_size(${quoteLiteral(storeTable(store))}::regclass) AS bytes`,
	);
	return Number(row?.bytes);
}

async function nextId(session: Session): Promise<number> {
	const [[row] = []] = await session.run(
		`SELECT nextval(pg_get_serial_sequence('${keptRegistry}', 'id')) AS id`,
	);
	return Number(row?.id);
}

interface Entry {
	readonly id?: number;
	readonly kind: string;
	readonly place: TablePlace;
	readonly column?: string;
	readonly subject: string;
	readonly store?: string;
	readonly rows: number;
	readonly values: number;
	readonly bytes: number;
	readonly details: KeptDetails;
}

async function register(session: Session, origin: KeepOrigin, entry: Entry): Promise<void> {
	const text = (value: string | undefined) => (value === undefined ? 'NULL' : quoteLiteral(value));
	const values = [
		entry.id === undefined ? 'DEFAULT' : String(entry.id),
		text(origin.ledger),
		text(origin.tag),
		String(origin.when),
		text(origin.direction),
		text(entry.kind),
		text(entry.place.schema),
		text(entry.place.table),
		text(entry.column),
		text(entry.subject),
		text(entry.store),
		String(entry.rows),
		String(entry.values),
		String(entry.bytes),
		`${text(JSON.stringify(entry.details))}::jsonb`,
	];
	await session.run(
		`INSERT INTO ${keptRegistry} (id, ledger, tag, "when", direction, kind, schema_name, table_name, column_name, subject, store, rows, "values", bytes, details) VALUES (${values.join(', ')})`,
	);
}
