import { COLUMN_TYPES, findEnum, isSortable, kindOf } from './column-types.ts';
import { CHECKS, GENERATED, INDEXED } from './expressions.ts';
import { isListed, referenceType } from './key-operations.ts';
import { type Column, findRelation, type Index, listViewColumns, type Model, type Table } from './model.ts';

/** Takes away what the changes left without what it needs: a schema of which PostgreSQL takes every part. */
export function mendSchema(model: Model): void {
	const schemas = new Set<number | undefined>([undefined, ...model.schemas.map(({ id }) => id)]);
	for (const kind of ['enums', 'sequences', 'tables', 'views'] as const)
		keep<{ readonly schema: number | undefined }>(model[kind], ({ schema }) => schemas.has(schema));
	keep(model.tables, ({ columns }) => columns.length > 0);
	for (const table of model.tables) {
		for (const column of table.columns) mendColumn(model, column);
		mendKeys(table);
		mendParts(table);
	}
	for (let count = -1; count !== countKeys(model); ) {
		count = countKeys(model);
		for (const table of model.tables) mendForeignKeys(model, table);
	}
	mendViews(model);
}

function keep<Thing>(things: Thing[], isKept: (thing: Thing) => boolean): void {
	things.splice(0, things.length, ...things.filter(isKept));
}

function mendColumn(model: Model, column: Column): void {
	if (typeof column.type === 'number' && findEnum(model, column) === undefined) {
		column.type = 'text';
		column.default = undefined;
	}
	const kind = kindOf({ ...column, dimensions: 0 });
	if (kind === 'serial') Object.assign(column, { dimensions: 0, isRequired: true, default: undefined });
	if (kind !== 'integer' || column.dimensions > 0 || column.generated) column.identity = undefined;
	if (column.identity !== undefined) Object.assign(column, { isRequired: true, default: undefined });
	if (column.generated !== undefined) column.default = undefined;
	if (!hasFittingDefault(model, column)) column.default = undefined;
}

function hasFittingDefault(model: Model, column: Column): boolean {
	const value = column.default;
	if (value === undefined) return true;
	const values = findEnum(model, column)?.values.map((each) => JSON.stringify(each));
	if (values !== undefined)
		return ['.default([])', ...values.flatMap((each) => [`.default(${each})`, `.default([${each}])`])]
			.filter((each) => each.startsWith('.default([') === column.dimensions > 0)
			.includes(value);
	const { defaults = [], arrayDefaults = [] } = COLUMN_TYPES[column.type] ?? {};
	const fitting = column.dimensions === 0 ? defaults : column.dimensions === 1 ? arrayDefaults : [];
	return fitting.includes(value);
}

function mendKeys(table: Table): void {
	for (const column of table.columns) {
		const source = table.columns.find(({ id }) => id === column.generated?.source);
		if (column.generated === undefined) continue;
		const isFitting =
			source !== undefined &&
			source.generated === undefined &&
			GENERATED[kindOf(source)]?.includes(column.generated.expression);
		if (isFitting) column.type = source.type;
		if (!isFitting) column.generated = undefined;
	}
	const isKeyOf = (ids: readonly number[]) =>
		ids.length > 0 &&
		ids.every((id) => table.columns.some((column) => column.id === id && isSortable(column)));
	if (table.primaryKey && !isKeyOf(table.primaryKey.columns)) table.primaryKey = undefined;
	const seen = new Set<string>();
	keep(table.uniques, ({ columns, name }) => {
		const key = name ?? JSON.stringify(columns);
		if (!isKeyOf(columns) || seen.has(key)) return false;
		seen.add(key);
		return true;
	});
	for (const unique of table.uniques) {
		const others = table.uniques.filter((other) => other.isInline && other.columns[0] === unique.columns[0]);
		if (unique.isInline && others[0] !== unique) unique.isInline = false;
	}
}

function mendParts(table: Table): void {
	const find = (id: number | undefined) => table.columns.find((column) => column.id === id);
	keep(table.checks, ({ column: id, expression }) => {
		const column = find(id);
		return column !== undefined && CHECKS[kindOf(column)]?.includes(expression) === true;
	});
	keep(table.indexes, (index) => isFittingIndex(table, index));
	for (const index of table.indexes) if (find(index.where) === undefined) index.where = undefined;
	for (const policy of table.policies) if (find(policy.column) === undefined) policy.column = undefined;
}

function isFittingIndex({ columns }: Table, { method, parts }: Index): boolean {
	return parts.every(({ column: id, expression }) => {
		const column = columns.find((each) => each.id === id);
		if (column === undefined) return false;
		if (expression !== undefined) return INDEXED[kindOf(column)]?.includes(expression) === true;
		if (method === 'gin') return isListed(column);
		if (method === 'brin') return isSortable(column) && NOT_BRIN.every((type) => type !== column.type);
		return isSortable(column) && !(method === 'hash' && column.type === 'bit');
	});
}

/** Enums, too, have no such index. */
const NOT_BRIN: readonly Column['type'][] = ['boolean', 'jsonb', 'tsvector'];

function countKeys({ tables }: Model): number {
	return tables.reduce((sum, { foreignKeys }) => sum + foreignKeys.length, 0);
}

function mendForeignKeys(model: Model, table: Table): void {
	const seen = new Set<string>();
	keep(table.foreignKeys, (key) => {
		const parent = model.tables.find(({ id }) => id === key.table);
		const mark = key.name ?? JSON.stringify([key.columns, key.table, key.targets]);
		if (parent === undefined || seen.has(mark)) return false;
		seen.add(mark);
		const isKey = [parent.primaryKey?.columns, ...parent.uniques.map(({ columns }) => columns)].some(
			(columns) => JSON.stringify(columns) === JSON.stringify(key.targets),
		);
		return isKey && key.columns.every((id, place) => isFittingPair(table, parent, [id, key.targets[place]]));
	});
	for (const key of table.foreignKeys) {
		const others = table.foreignKeys.filter((one) => one.isInline && one.columns[0] === key.columns[0]);
		if (key.isInline && others[0] !== key) key.isInline = false;
	}
}

function isFittingPair(table: Table, parent: Table, [from, to]: [number, number | undefined]): boolean {
	const column = table.columns.find(({ id }) => id === from);
	const target = parent.columns.find(({ id }) => id === to);
	if (column === undefined || target === undefined) return false;
	const isSameType = referenceType(column.type) === referenceType(target.type);
	return isSameType && column.generated === undefined && column.dimensions === target.dimensions;
}

function mendViews(model: Model): void {
	for (const view of [...model.views]) {
		const { columns, ...rest } = view;
		const whole = { ...rest, columns: [] };
		const available = findRelation(model, view.source) === undefined ? [] : listViewColumns(model, whole);
		const kept = columns.filter((id) => available.includes(id));
		const source = model.views.find(({ id }) => id === view.source);
		const isLost =
			findRelation(model, view.source) === undefined ||
			(columns.length > 0 && kept.length === 0) ||
			(view.form === 'sql' && kept.length === 0) ||
			source?.form === 'count';
		if (isLost) model.views.splice(model.views.indexOf(view), 1);
		view.columns = kept;
		if (view.where !== undefined && !available.includes(view.where)) view.where = undefined;
		const isFitting = view.isMaterialized ? !/security/.test(view.options) : /^$|security/.test(view.options);
		if (!isFitting) view.options = '';
	}
}
