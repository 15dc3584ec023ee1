import type { Random } from '../../reverse/random-schema/random.ts';
import { COLUMN_TYPES, isSortable, kindOf } from './column-types.ts';
import { CHECKS, INDEXED } from './expressions.ts';
import type { Column, Index, IndexPart, Model, Table } from './model.ts';
import {
	nameAmong,
	nameColumn,
	nameRelation,
	nextId,
	onOne,
	onTable,
	removeOne,
	type WeightedOperations,
} from './operation.ts';

/** Keys, checks and indexes: all that is said of columns together. */
export const keyOperations: WeightedOperations = [
	[1.5, onTable(changePrimaryKey)],
	[2, onTable(addUnique)],
	[1, onTable(({ uniques }, _model, random) => removeOne(uniques, random))],
	[0.7, onOne(({ tables }) => tables.flatMap(({ uniques }) => uniques), changeUnique)],
	[3, onTable(addForeignKey)],
	[1, onTable(({ foreignKeys }, _model, random) => removeOne(foreignKeys, random))],
	[
		1,
		onOne(
			({ tables }) => tables.flatMap(({ foreignKeys }) => foreignKeys),
			(key, _model, random) => Object.assign(key, pickActions(random)),
		),
	],
	[3, onTable(addIndex)],
	[1, onTable(({ indexes }, _model, random) => removeOne(indexes, random))],
	[1.5, onTable(changeIndex)],
	[2, onTable(addCheck)],
	[1, onTable(({ checks }, _model, random) => removeOne(checks, random))],
	[1, onTable(changeCheck)],
];

function someColumns({ columns }: Table, random: Random, most = 2): number[] {
	return random.some(columns.filter(isSortable), most).map(({ id }) => id);
}

function changePrimaryKey(table: Table, _model: Model, random: Random): void {
	if (table.primaryKey !== undefined && random.chance(0.3)) {
		table.primaryKey = undefined;
		return;
	}
	const columns = someColumns(table, random);
	const isInline = columns.length === 1 && random.chance(0.7);
	const name = !isInline && random.chance(0.4) ? `${table.name} key` : undefined;
	table.primaryKey = { columns, name, isInline };
}

function addUnique(table: Table, model: Model, random: Random): void {
	const columns = someColumns(table, random);
	table.uniques.push({
		id: nextId(model),
		name: random.chance(0.4) ? nameUnique(model, random) : undefined,
		columns,
		treatsNullsAlike: random.chance(0.25),
		isInline: columns.length === 1 && random.chance(0.6),
	});
}

/** The index of a unique constraint shares its namespace with tables. */
function nameUnique(model: Model, random: Random): string {
	return nameAmong(
		model.tables.flatMap(({ uniques }) => uniques),
		random,
		'_uq',
	);
}

function changeUnique(unique: Table['uniques'][number], model: Model, random: Random): void {
	if (random.chance(0.5)) unique.treatsNullsAlike = !unique.treatsNullsAlike;
	else unique.name = nameUnique(model, random);
}

/** To a key that is there, from columns of the same types: new ones, or such as are there. */
function addForeignKey(table: Table, model: Model, random: Random): void {
	const parent = random.chance(0.2) ? table : random.pick(model.tables);
	const keys = [
		...(parent?.primaryKey === undefined ? [] : [parent.primaryKey.columns]),
		...(parent?.uniques.map(({ columns }) => columns) ?? []),
	];
	const targets = random.pick(keys);
	if (parent === undefined || targets === undefined) return;
	const columns = targets.map((target) => {
		const like = parent.columns.find(({ id }) => id === target);
		return like === undefined ? -1 : findOrAddLike(like, table, model, random);
	});
	table.foreignKeys.push({
		id: nextId(model),
		name: random.chance(0.3)
			? nameAmong(
					model.tables.flatMap(({ foreignKeys }) => foreignKeys),
					random,
					'_ref',
				)
			: undefined,
		columns: [...columns],
		table: parent.id,
		targets: [...targets],
		...pickActions(random),
		isInline: columns.length === 1 && random.chance(0.7),
	});
}

function findOrAddLike(like: Column, table: Table, model: Model, random: Random): number {
	const type = referenceType(like.type);
	const present = table.columns.filter((column) => column.type === type && column.dimensions === 0);
	const found = random.chance(0.4) ? random.pick(present) : undefined;
	if (found !== undefined && found.id !== like.id) return found.id;
	const column: Column = {
		...{ id: nextId(model), name: nameColumn(table, random), type, dimensions: 0 },
		isRequired: random.chance(0.2),
		...{ default: undefined, generated: undefined, identity: undefined },
	};
	table.columns.push(column);
	return column.id;
}

/** The type of a column that points at one of this type. */
export function referenceType(type: Column['type']): Column['type'] {
	if (type === 'serial') return 'integer';
	if (type === 'bigserial') return 'bigint';
	return type === 'smallserial' ? 'smallint' : type;
}

function pickActions(random: Random) {
	return {
		onDelete: random.oneOf(undefined, 'cascade', 'set null', 'restrict', 'no action'),
		onUpdate: random.oneOf(undefined, undefined, 'cascade'),
	};
}

function addIndex(table: Table, model: Model, random: Random): void {
	const index = makeIndex(table, random);
	if (index !== undefined)
		table.indexes.push({ id: nextId(model), name: nameRelation(model, random, '_idx'), ...index });
}

function changeIndex(table: Table, model: Model, random: Random): void {
	const index = random.pick(table.indexes);
	if (index === undefined) return;
	if (random.chance(0.3)) index.name = nameRelation(model, random, '_idx');
	else Object.assign(index, makeIndex(table, random) ?? {});
}

function makeIndex(table: Table, random: Random): Omit<Index, 'id' | 'name'> | undefined {
	const where = random.chance(0.25) ? random.pick(table.columns)?.id : undefined;
	const listed = table.columns.filter(isListed);
	const gin = random.chance(0.25) ? random.pick(listed) : undefined;
	if (gin !== undefined)
		return { ...plain('gin', [{ column: gin.id, order: '', expression: undefined }]), where };
	const columns = table.columns.filter(isSortable);
	const method = random.chance(0.8) ? 'btree' : random.oneOf('hash', 'brin');
	const chosen = random.some(columns, method === 'btree' ? 2 : 1);
	if (chosen.length === 0) return undefined;
	const parts = chosen.map((column) => (method === 'btree' ? makePart(column, random) : plainPart(column)));
	const isUnique = method === 'btree' && random.chance(0.25);
	const fill = method === 'brin' ? '' : '.with({ fillfactor: 70 })';
	const options = random.oneOf('', '', '', '', '', fill, '.concurrently()');
	return { ...plain(method, parts), isUnique, where, options };
}

/** What an index of lists can be made of. */
export function isListed(column: Column): boolean {
	return column.dimensions > 0
		? isListOfSortable(column)
		: column.type === 'jsonb' || column.type === 'tsvector';
}

function isListOfSortable({ type }: Column): boolean {
	return typeof type === 'number' || COLUMN_TYPES[type]?.isSortable === true;
}

function plain(method: Index['method'], parts: IndexPart[]): Omit<Index, 'id' | 'name'> {
	return { isUnique: false, method, parts, where: undefined, options: '' };
}

function plainPart({ id }: Column): IndexPart {
	return { column: id, order: '', expression: undefined };
}

function makePart(column: Column, random: Random): IndexPart {
	const expression = random.chance(0.2) ? random.pick(INDEXED[kindOf(column)] ?? []) : undefined;
	const order = random.oneOf('', '', '', '.desc()', '.desc().nullsLast()', '.asc().nullsFirst()');
	return { column: column.id, order, expression };
}

function addCheck(table: Table, model: Model, random: Random): void {
	const column = random.pick(table.columns);
	const expression = column && random.pick(CHECKS[kindOf(column)] ?? []);
	if (column === undefined || expression === undefined) return;
	const name = nameAmong(table.checks, random, '_ck');
	table.checks.push({ id: nextId(model), name, column: column.id, expression });
}

function changeCheck(table: Table, _model: Model, random: Random): void {
	const check = random.pick(table.checks);
	const column = table.columns.find(({ id }) => id === check?.column);
	if (check === undefined || column === undefined) return;
	if (random.chance(0.4)) check.name = nameAmong(table.checks, random, '_ck');
	else check.expression = random.pick(CHECKS[kindOf(column)] ?? []) ?? check.expression;
}
