import type { Random } from '../../reverse/random-schema/random.ts';
import { kindOf, pickDefault, pickType } from './column-types.ts';
import { GENERATED } from './expressions.ts';
import type { Column, Model, Table } from './model.ts';
import { nameColumn, nextId, onColumn, onTable, removeOne, type WeightedOperations } from './operation.ts';

/** Columns and all that is said of one alone. */
export const columnOperations: WeightedOperations = [
	[
		4,
		onTable((table, model, random) => {
			table.columns.push(makeColumn(model, table, random));
		}),
	],
	[2, onTable(({ columns }, _model, random) => removeOne(columns, random))],
	[
		3,
		onColumn((column, table, _model, random) => {
			column.name = nameColumn(table, random);
		}),
	],
	[0.6, onTable(swapNames)],
	[0.15, onTable(replaceOne)],
	[3, onColumn(changeType)],
	[
		1.5,
		onColumn((column) => {
			column.isRequired = !column.isRequired;
		}),
	],
	[
		2,
		onColumn((column, _table, model, random) => {
			column.default = random.chance(0.3) ? undefined : pickDefault(model, column, random);
		}),
	],
	[
		0.4,
		onColumn((column) => {
			column.dimensions = column.dimensions === 0 ? 1 : 0;
			column.default = undefined;
		}),
	],
	[1, onColumn(changeIdentity)],
	[1, onTable(changeGenerated)],
];

/** A column of any type. */
export function makeColumn(model: Model, table: Table, random: Random): Column {
	const column: Column = {
		id: nextId(model),
		name: nameColumn(table, random),
		type: pickType(model, random),
		dimensions: random.chance(0.08) ? 1 + random.below(2) : 0,
		isRequired: random.chance(0.35),
		...{ default: undefined, generated: undefined, identity: undefined },
	};
	if (random.chance(0.4)) column.default = pickDefault(model, column, random);
	return column;
}

function swapNames({ columns }: Table, _model: Model, random: Random): void {
	const [one, other] = random.some(columns, 2);
	if (one && other) [one.name, other.name] = [other.name, one.name];
}

/** One goes, and another takes its name. */
function replaceOne({ columns }: Table, _model: Model, random: Random): void {
	const [one, other] = random.some(columns, 2);
	if (one === undefined || other === undefined) return;
	columns.splice(columns.indexOf(one), 1);
	other.name = one.name;
}

function changeType(column: Column, _table: Table, model: Model, random: Random): void {
	column.type = pickType(model, random);
	const isKept = column.default !== undefined && random.chance(0.3);
	column.default = isKept || random.chance(0.2) ? pickDefault(model, column, random) : undefined;
}

function changeIdentity(column: Column, _table: Table, _model: Model, random: Random): void {
	const always = random.chance(0.5) ? '.generatedAlwaysAsIdentity' : '.generatedByDefaultAsIdentity';
	const options = random.oneOf('', '{ startWith: 100 }', '{ increment: 5, cache: 2 }', "{ name: 'own_seq' }");
	column.identity = column.identity !== undefined && random.chance(0.4) ? undefined : `${always}(${options})`;
	if (column.identity !== undefined) column.default = undefined;
}

function changeGenerated(table: Table, model: Model, random: Random): void {
	const old = random.pick(table.columns.filter(({ generated }) => generated !== undefined));
	if (old?.generated !== undefined && random.chance(0.6)) {
		if (random.chance(0.4)) old.generated = undefined;
		else old.generated.expression = pickExpression(table, old.generated.source, random) ?? '$';
		return;
	}
	const source = random.pick(table.columns.filter((column) => kindOf(column) in GENERATED));
	const expression = source && pickExpression(table, source.id, random);
	if (source === undefined || expression === undefined) return;
	table.columns.push({
		...makeColumn(model, table, random),
		...{ type: source.type, dimensions: 0, default: undefined, isRequired: false },
		generated: { source: source.id, expression, isQualified: random.chance(0.5) },
	});
}

function pickExpression({ columns }: Table, source: number, random: Random): string | undefined {
	const column = columns.find(({ id }) => id === source);
	return column && random.pick(GENERATED[kindOf(column)] ?? []);
}
