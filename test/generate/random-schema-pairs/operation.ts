import type { Random } from '../../reverse/random-schema/random.ts';
import type { Column, InSchema, Model, Table } from './model.ts';

/** Changes a schema in place; what it changes may be missing, and then nothing happens. */
export type Operation = (model: Model, random: Random) => void;

/** Operations with how often each is tried, compared with the others. */
export type WeightedOperations = readonly (readonly [weight: number, operation: Operation])[];

/** An operation on one of the things that a list of what is there has. */
export function onOne<Thing>(
	list: (model: Model) => readonly Thing[],
	change: (thing: Thing, model: Model, random: Random) => void,
): Operation {
	return (model, random) => {
		const thing = random.pick(list(model));
		if (thing !== undefined) change(thing, model, random);
	};
}

/** An operation on one of the tables. */
export function onTable(change: (table: Table, model: Model, random: Random) => void): Operation {
	return onOne(({ tables }) => tables, change);
}

/** An operation on one of a table's columns. */
export function onColumn(
	change: (column: Column, table: Table, model: Model, random: Random) => void,
): Operation {
	return onTable((table, model, random) => {
		const column = random.pick(table.columns);
		if (column !== undefined) change(column, table, model, random);
	});
}

/** The number of a new thing. */
export function nextId(model: Model): number {
	model.next += 1;
	return model.next - 1;
}

/** Takes one away that is there; most often none of the others notices. */
export function removeOne<Thing>(things: Thing[], random: Random): void {
	if (things.length > 0) things.splice(random.below(things.length), 1);
}

/** A schema that is there, or `public`. */
export function pickSchema({ schemas }: Model, random: Random): number | undefined {
	return random.chance(0.65) ? undefined : random.pick(schemas)?.id;
}

const WORDS = [
	...['users', 'order', 'Post', 'line items', 'größe', 'tag', 'invoice', 'team_member', 'audit', 'select'],
	...['a_name_that_goes_on_for_longer_than_most', 'x', 'Account', 'job', 'event', 'media', 'price', 'note'],
];

/** A name that no relation, type or index has. */
export function nameRelation(model: Model, random: Random, suffix = ''): string {
	const taken = new Set([
		...[...model.tables, ...model.views, ...model.enums, ...model.sequences].map(({ name }) => name),
		...model.tables.flatMap(({ indexes }) => indexes.map(({ name }) => name)),
	]);
	return pickFree(WORDS, taken, random, suffix);
}

const COLUMN_WORDS = [
	...['name', 'email', 'createdAt', 'user', 'total', 'is active', 'kind', 'ref', 'b', 'c', 'état', 'group'],
	...['data', 'note', 'a_column_whose_name_is_long_enough', 'value', 'position', 'slug', 'parent_id', 'Key'],
];

/** A name that none of the table's columns has. */
export function nameColumn({ columns }: Table, random: Random): string {
	return pickFree(COLUMN_WORDS, new Set(columns.map(({ name }) => name)), random, '');
}

/** A name that none of these has. */
export function nameAmong(
	things: readonly { readonly name?: string | undefined }[],
	random: Random,
	suffix: string,
): string {
	const taken = new Set(things.flatMap(({ name }) => (name === undefined ? [] : [name])));
	return pickFree(WORDS, taken, random, suffix);
}

function pickFree(
	words: readonly string[],
	taken: ReadonlySet<string>,
	random: Random,
	suffix: string,
): string {
	for (let number = 0; ; number += 1) {
		const name = `${random.pick(words)}${suffix}${number < 4 ? '' : number}`;
		if (!taken.has(name)) return name;
	}
}

/** Gives another name, and now and then another schema with it or instead of it. */
export function renameOrMove(thing: InSchema, model: Model, random: Random, suffix = ''): void {
	const isMoved = random.chance(0.3);
	if (isMoved) thing.schema = random.pick([undefined, ...model.schemas.map(({ id }) => id)]);
	if (!isMoved || random.chance(0.3)) thing.name = nameRelation(model, random, suffix);
}
