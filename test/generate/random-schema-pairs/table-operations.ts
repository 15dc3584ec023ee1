import type { Random } from '../../reverse/random-schema/random.ts';
import { makeColumn } from './column-operations.ts';
import type { Column, Model, Table } from './model.ts';
import {
	nameColumn,
	nameRelation,
	nextId,
	onOne,
	onTable,
	pickSchema,
	removeOne,
	renameOrMove,
	type WeightedOperations,
} from './operation.ts';

/** Whole tables and schemas. */
export const tableOperations: WeightedOperations = [
	[2, addTable],
	[1, ({ tables }, random) => removeOne(tables, random)],
	[2, onTable(renameOrMove)],
	[0.4, swapNames],
	[0.1, replaceOne],
	[0.5, addSchema],
	[0.2, ({ schemas }, random) => removeOne(schemas, random)],
	[
		0.4,
		onOne(
			({ schemas }) => schemas,
			(schema, { schemas }, random) => {
				schema.name = nameSchema(schemas, random);
			},
		),
	],
];

/** A table of one to six columns, most often with a key. */
export function addTable(model: Model, random: Random): void {
	const table: Table = {
		id: nextId(model),
		name: nameRelation(model, random),
		schema: pickSchema(model, random),
		columns: [],
		primaryKey: undefined,
		...{ uniques: [], foreignKeys: [], indexes: [], checks: [], policies: [], hasRowSecurity: false },
	};
	model.tables.push(table);
	if (random.chance(0.8)) addKeyColumn(model, table, random);
	for (let count = 1 + random.below(5); count > 0; count--)
		table.columns.push(makeColumn(model, table, random));
}

function swapNames({ tables }: Model, random: Random): void {
	const [one, other] = random.some(tables, 2);
	if (one && other) [one.name, other.name] = [other.name, one.name];
}

/** One goes, and another takes its name and place. */
function replaceOne({ tables }: Model, random: Random): void {
	const [one, other] = random.some(tables, 2);
	if (one === undefined || other === undefined) return;
	tables.splice(tables.indexOf(one), 1);
	Object.assign(other, { name: one.name, schema: one.schema });
}

function addKeyColumn(model: Model, table: Table, random: Random): void {
	const id = nextId(model);
	const type = random.oneOf('integer', 'serial', 'uuid', 'bigint', 'text');
	const column: Column = {
		id,
		name: random.chance(0.8) ? 'id' : nameColumn(table, random),
		type,
		dimensions: 0,
		isRequired: false,
		default: type === 'uuid' && random.chance(0.5) ? '.defaultRandom()' : undefined,
		generated: undefined,
		identity:
			(type === 'integer' || type === 'bigint') && random.chance(0.5)
				? '.generatedAlwaysAsIdentity()'
				: undefined,
	};
	table.columns.push(column);
	table.primaryKey = { columns: [id], name: undefined, isInline: random.chance(0.9) };
}

/** A schema beside `public`. */
export function addSchema(model: Model, random: Random): void {
	if (model.schemas.length < 3)
		model.schemas.push({ id: nextId(model), name: nameSchema(model.schemas, random) });
}

function nameSchema(schemas: Model['schemas'], random: Random): string {
	const names = ['auth', 'billing', 'My Schema', 'stats', 'app2', 'legacy'];
	return random.pick(names.filter((name) => schemas.every((schema) => schema.name !== name))) ?? 'spare';
}
