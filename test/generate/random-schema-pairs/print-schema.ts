import { COLUMN_TYPES } from './column-types.ts';
import {
	type Column,
	type EnumType,
	type ForeignKey,
	findBottom,
	findRelation,
	type Index,
	type InSchema,
	type Model,
	type Policy,
	type Sequence,
	type Table,
	type Unique,
	type View,
} from './model.ts';

/** The head of a schema module: all that is used in one. */
export const schemaImports = `import { sql } from 'drizzle-orm';
import { bigint, bigserial, bit, boolean, char, check, customType, date, doublePrecision, foreignKey, index, inet, integer, interval, json, jsonb, numeric, pgEnum, pgMaterializedView, pgPolicy, pgSchema, pgSequence, pgTable, pgView, point, primaryKey, real, serial, smallint, smallserial, text, time, timestamp, unique, uniqueIndex, uuid, varchar } from 'drizzle-orm/pg-core';
const bytea = customType({ dataType: () => 'bytea' });
const tsvector = customType({ dataType: () => 'tsvector' });
`;

/** The schema as a module for drizzle-kit. Variables are called by number: a rename changes a string and nothing else. */
export function printSchema(model: Model): string {
	return [
		schemaImports,
		...model.schemas.map(({ id, name }) => `export const s${id} = pgSchema(${quote(name)});\n`),
		...model.enums.map(printEnum),
		...model.sequences.map(printSequence),
		...model.tables.map(printTable),
		...model.views.map((view) => printView(model, view)),
	].join('');
}

function printEnum(each: EnumType): string {
	const values = `[${each.values.map(quote).join(', ')}]`;
	return `export const e${each.id} = ${call(each, 'pgEnum', 'enum')}(${quote(each.name)}, ${values});\n`;
}

function printSequence(each: Sequence): string {
	const options = each.options === '' ? '' : `, ${each.options}`;
	return `export const q${each.id} = ${call(each, 'pgSequence', 'sequence')}(${quote(each.name)}${options});\n`;
}

function printTable(table: Table): string {
	const columns = table.columns.map((column) => `\tc${column.id}: ${printColumn(table, column)},\n`).join('');
	const extra = printExtra(table);
	const third = extra.length === 0 ? '' : `, (t) => [\n${extra.map((item) => `\t${item},\n`).join('')}]`;
	const security = table.hasRowSecurity ? '.enableRLS()' : '';
	return `export const t${table.id} = ${call(table, 'pgTable', 'table')}(${quote(table.name)}, {\n${columns}}${third})${security};\n`;
}

function printColumn(table: Table, column: Column): string {
	const unique = table.uniques.find(({ isInline, columns }) => isInline && columns[0] === column.id);
	const key = table.foreignKeys.find(({ isInline, columns }) => isInline && columns[0] === column.id);
	const isKey = table.primaryKey?.isInline && table.primaryKey.columns[0] === column.id;
	return [
		printType(column),
		'.array()'.repeat(column.dimensions),
		column.isRequired ? '.notNull()' : '',
		column.default ?? '',
		column.identity ?? '',
		printGenerated(table, column),
		isKey ? '.primaryKey()' : '',
		unique === undefined ? '' : printInlineUnique(unique),
		key === undefined ? '' : `.references(() => t${key.table}.c${key.targets[0]}${printActions(key)})`,
	].join('');
}

function printType({ name, type }: Column): string {
	if (typeof type === 'number') return `e${type}(${quote(name)})`;
	const [builder, options] = COLUMN_TYPES[type]?.build ?? ['text'];
	return `${builder}(${quote(name)}${options === undefined ? '' : `, ${options}`})`;
}

function printGenerated(table: Table, { generated }: Column): string {
	if (generated === undefined) return '';
	const source = table.columns.find(({ id }) => id === generated.source);
	const name = generated.isQualified ? `\${t${table.id}.c${generated.source}}` : `"${source?.name}"`;
	return `.generatedAlwaysAs(() => sql\`${fill(generated.expression, name)}\`)`;
}

function printInlineUnique({ name, treatsNullsAlike }: Unique): string {
	if (name === undefined)
		return treatsNullsAlike ? ".unique(undefined, { nulls: 'not distinct' })" : '.unique()';
	return `.unique(${quote(name)}${treatsNullsAlike ? ", { nulls: 'not distinct' }" : ''})`;
}

function printActions({ onDelete, onUpdate }: ForeignKey): string {
	const actions = [
		...(onDelete === undefined ? [] : [`onDelete: ${quote(onDelete)}`]),
		...(onUpdate === undefined ? [] : [`onUpdate: ${quote(onUpdate)}`]),
	];
	return actions.length === 0 ? '' : `, { ${actions.join(', ')} }`;
}

function printExtra(table: Table): string[] {
	const { primaryKey, uniques, foreignKeys, indexes, checks, policies } = table;
	return [
		...(primaryKey === undefined || primaryKey.isInline
			? []
			: [`primaryKey({ columns: [${list(primaryKey.columns)}]${printName(primaryKey.name)} })`]),
		...uniques.filter(({ isInline }) => !isInline).map(printUnique),
		...foreignKeys.filter(({ isInline }) => !isInline).map(printForeignKey),
		...indexes.map(printIndex),
		...checks.map(
			({ name, column, expression }) =>
				`check(${quote(name)}, sql\`${fill(expression, `\${t.c${column}}`)}\`)`,
		),
		...policies.map(printPolicy),
	];
}

function printUnique({ name, columns, treatsNullsAlike }: Unique): string {
	const nulls = treatsNullsAlike ? '.nullsNotDistinct()' : '';
	return `unique(${name === undefined ? '' : quote(name)}).on(${list(columns)})${nulls}`;
}

function printForeignKey(key: ForeignKey): string {
	const targets = list(key.targets, `t${key.table}`);
	const { onDelete, onUpdate } = key;
	const actions = `${onDelete === undefined ? '' : `.onDelete(${quote(onDelete)})`}${onUpdate === undefined ? '' : `.onUpdate(${quote(onUpdate)})`}`;
	return `foreignKey({ columns: [${list(key.columns)}], foreignColumns: [${targets}]${printName(key.name)} })${actions}`;
}

function printIndex({ name, isUnique, method, parts, where, options }: Index): string {
	const written = parts.map(({ column, order, expression }) =>
		expression === undefined ? `t.c${column}${order}` : `sql\`${fill(expression, `\${t.c${column}}`)}\``,
	);
	const on = method === 'btree' ? `.on(${written.join(', ')})` : `.using('${method}', ${written.join(', ')})`;
	const condition = where === undefined ? '' : `.where(sql\`\${t.c${where}} is not null\`)`;
	return `${isUnique ? 'uniqueIndex' : 'index'}(${quote(name)})${on}${condition}${options}`;
}

function printPolicy({ name, options, column, hasUsing, hasWithCheck }: Policy): string {
	const condition = column === undefined ? 'sql`true`' : `sql\`\${t.c${column}} is not null\``;
	const parts = [
		options,
		...(hasUsing ? [`using: ${condition}`] : []),
		...(hasWithCheck ? [`withCheck: ${condition}`] : []),
	];
	return `pgPolicy(${quote(name)}, { ${parts.filter((part) => part !== '').join(', ')} })`;
}

function printView(model: Model, view: View): string {
	const make = view.isMaterialized
		? call(view, 'pgMaterializedView', 'materializedView')
		: call(view, 'pgView', 'view');
	const source = findRelation(model, view.source);
	const isOnView = source !== undefined && 'source' in source;
	const from = `${isOnView ? 'v' : 't'}${view.source}`;
	const name = quote(view.name);
	const where = view.where === undefined ? '' : `\${${from}.c${view.where}} is not null`;
	if (view.form === 'builder') {
		const chosen = view.columns.map((id) => `c${id}: ${from}.c${id}`).join(', ');
		const select = `qb.select(${chosen === '' ? '' : `{ ${chosen} }`}).from(${from})`;
		const condition = where === '' ? '' : `.where(sql\`${where}\`)`;
		return `export const v${view.id} = ${make}(${name})${view.options}.as((qb) => ${select}${condition});\n`;
	}
	const columns = (findBottom(model, view)?.columns ?? []).filter(({ id }) => view.columns.includes(id));
	const condition = where === '' ? '' : ` where ${where}`;
	if (view.form === 'count')
		return `export const v${view.id} = ${make}(${name}, { n: integer('n') })${view.options}.as(sql\`select count(*) as n from \${${from}}${condition}\`);\n`;
	const declared = columns
		.map((column) => `c${column.id}: ${printType(column)}${'.array()'.repeat(column.dimensions)}`)
		.join(', ');
	const selected = columns.map(({ id }) => `\${${from}.c${id}}`).join(', ');
	return `export const v${view.id} = ${make}(${name}, { ${declared} })${view.options}.as(sql\`select ${selected} from \${${from}}${condition}\`);\n`;
}

function call({ schema }: InSchema, inPublic: string, inSchema: string): string {
	return schema === undefined ? inPublic : `s${schema}.${inSchema}`;
}

function list(columns: readonly number[], table = 't'): string {
	return columns.map((id) => `${table}.c${id}`).join(', ');
}

function printName(name: string | undefined): string {
	return name === undefined ? '' : `, name: ${quote(name)}`;
}

function fill(expression: string, column: string): string {
	return expression.replaceAll('$', () => column);
}

function quote(text: string): string {
	return JSON.stringify(text);
}
