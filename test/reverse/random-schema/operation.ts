import { quoteIdentifier } from '../../../src/kit/sql/quote-identifier.ts';
import type { Random } from './random.ts';
import type { Column, Named, Present, Relation } from './read-present.ts';

/** Makes one statement from what is there; undefined where what it is about is missing. It need not run. */
export type Operation = (present: Present, random: Random) => string | undefined;

/** Operations with how often each is tried, compared with the others. */
export type WeightedOperations = readonly (readonly [weight: number, operation: Operation])[];

/** An operation on one of the things that a list of what is there has. */
export function onOne<Thing>(
	list: (present: Present) => readonly Thing[],
	make: (thing: Thing, random: Random, present: Present) => string | undefined,
): Operation {
	return (present, random) => {
		const thing = random.pick(list(present));
		return thing === undefined ? undefined : make(thing, random, present);
	};
}

/** `ALTER TABLE` of one of the tables. */
export function alterTable(
	make: (table: Relation, random: Random, present: Present) => string | undefined,
): Operation {
	return onOne(
		({ tables }) => tables,
		(table, random, present) => {
			const action = make(table, random, present);
			return action === undefined ? undefined : `ALTER TABLE ${quoteName(table)} ${action}`;
		},
	);
}

/** `ALTER TABLE` about one of a table's columns, whose name comes quoted. */
export function alterTableOfColumn(
	make: (quoted: string, column: Column, random: Random, present: Present) => string | undefined,
): Operation {
	return alterTable(({ columns }, random, present) => {
		const column = random.pick(columns);
		return column && make(quoteIdentifier(column.name), column, random, present);
	});
}

/** With its schema. */
export function quoteName({ schema, name }: Named): string {
	return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** A name of this many in one of the schemas, taken or not. */
export function pickName(
	{ schemas }: Present,
	random: Random,
	...names: readonly [string, ...string[]]
): string {
	return quoteName({ schema: pickSchema(schemas, random), name: random.oneOf(...names) });
}

/** One of the schemas that are there. */
export function pickSchema(schemas: readonly string[], random: Random): string {
	return random.pick(schemas) ?? 'public';
}
