import type { Random } from '../../reverse/random-schema/random.ts';
import type { EnumType, Model } from './model.ts';
import {
	nameRelation,
	nextId,
	onOne,
	pickSchema,
	removeOne,
	renameOrMove,
	type WeightedOperations,
} from './operation.ts';

const SEQUENCE_OPTIONS = [
	...['', '{ startWith: 5 }', '{ increment: 2, minValue: 1, maxValue: 1000 }', '{ cache: 10 }'],
	...['{ startWith: 3, cycle: true, maxValue: 99 }', '{ increment: -1, startWith: -1 }'],
];

/** Enums and sequences. */
export const typeOperations: WeightedOperations = [
	[1, addEnum],
	[0.4, ({ enums }, random) => removeOne(enums, random)],
	[2, onOne(({ enums }) => enums, changeValues)],
	[0.7, onOne(({ enums }) => enums, renameOrMove)],
	[0.7, addSequence],
	[0.4, ({ sequences }, random) => removeOne(sequences, random)],
	[0.5, onOne(({ sequences }) => sequences, renameOrMove)],
	[
		0.7,
		onOne(
			({ sequences }) => sequences,
			(sequence, _model, random) => {
				sequence.options = random.pick(SEQUENCE_OPTIONS) ?? '';
			},
		),
	],
];

const VALUES = ['new', 'open', 'In Progress', 'done', 'größer', 'x', 'b-side', 'späť', '1'];

/** An enum of two to four values. */
export function addEnum(model: Model, random: Random): void {
	const values = [...random.some(VALUES, 3)];
	model.enums.push({
		id: nextId(model),
		name: nameRelation(model, random, '_kind'),
		schema: pickSchema(model, random),
		values: [...values, 'other'],
	});
}

function changeValues(each: EnumType, _model: Model, random: Random): void {
	const value = random.pick(VALUES.filter((candidate) => !each.values.includes(candidate)));
	const place = random.below(each.values.length + 1);
	const action = random.oneOf('add', 'append', 'append', 'remove', 'swap');
	if (value !== undefined && action === 'add') each.values.splice(place, 0, value);
	if (value !== undefined && action === 'append') each.values.push(value);
	if (action === 'remove' && each.values.length > 1) removeOne(each.values, random);
	if (action === 'swap') each.values.reverse();
}

function addSequence(model: Model, random: Random): void {
	model.sequences.push({
		id: nextId(model),
		name: nameRelation(model, random, '_seq'),
		schema: pickSchema(model, random),
		options: random.pick(SEQUENCE_OPTIONS) ?? '',
	});
}
