import type { ColumnShape, ForeignKeyShape, Shapes, TableShape } from './read-table-shapes.ts';

/**
 * The shapes of the state before with the rules of the state after added, as far as they can be put in terms of the state
 * before: rows made by them satisfy both, so that an up which adds a rule runs on them.
 */
export function mergeShapes(before: Shapes, after: Shapes): Shapes {
	const later = new Map(after.tables.map((table) => [table.identity, table]));
	const earlier = new Map(before.tables.map((table) => [table.identity, table]));
	const tables = before.tables.map((table) => {
		const then = later.get(table.identity);
		return then ? mergeTable(table, then, { earlier, later }) : table;
	});
	return { tables, types: new Map([...after.types, ...before.types]) };
}

interface Sides {
	readonly earlier: ReadonlyMap<string, TableShape>;
	readonly later: ReadonlyMap<string, TableShape>;
}

function mergeTable(table: TableShape, then: TableShape, sides: Sides): TableShape {
	const columns = table.columns.map((column) => mergeColumn(column, then));
	const isUnrenamed = (name: string) => {
		const [one, other] = [table, then].map((side) => side.columns.find((column) => column.name === name));
		return one !== undefined && one.number === other?.number && one.type === other?.type;
	};
	const checks = then.checks.filter(
		(check) =>
			check.columns.every(isUnrenamed) &&
			!table.checks.some(({ expression }) => expression === check.expression),
	);
	const foreignKeys = then.foreignKeys
		.map((key) => renameKey(key, table, then, sides))
		.filter((key) => key !== undefined)
		.filter((key) => !table.foreignKeys.some((known) => JSON.stringify(known) === JSON.stringify(key)));
	return {
		...table,
		columns,
		checks: [...table.checks, ...checks],
		foreignKeys: [...foreignKeys, ...table.foreignKeys],
	};
}

function mergeColumn(column: ColumnShape, then: TableShape): ColumnShape {
	const later = then.columns.find(({ number }) => number === column.number);
	if (!later || (later.type === column.type && later.typeId === column.typeId)) return column;
	return { ...column, becomes: { type: later.type, typeId: later.typeId } };
}

/** In the names of the state before; undefined when one of its columns or its other table is not there yet. */
function renameKey(
	key: ForeignKeyShape,
	table: TableShape,
	then: TableShape,
	{ earlier, later }: Sides,
): ForeignKeyShape | undefined {
	const parent = earlier.get(key.identity);
	const parentThen = later.get(key.identity);
	if (!parent || !parentThen) return undefined;
	const columns = key.columns.map((name) => nameBefore(name, table, then));
	const referenced = key.referenced.map((name) => nameBefore(name, parent, parentThen));
	if ([...columns, ...referenced].includes(undefined)) return undefined;
	return {
		...key,
		schema: parent.schema,
		table: parent.name,
		columns: columns as string[],
		referenced: referenced as string[],
	};
}

function nameBefore(name: string, table: TableShape, then: TableShape): string | undefined {
	const number = then.columns.find((column) => column.name === name)?.number;
	return table.columns.find((column) => column.number === number)?.name;
}
