import type { Random } from '../../reverse/random-schema/random.ts';
import { accessOperations } from './access-operations.ts';
import { columnOperations } from './column-operations.ts';
import { keyOperations } from './key-operations.ts';
import { mendSchema } from './mend-schema.ts';
import { createModel, type Model } from './model.ts';
import type { WeightedOperations } from './operation.ts';
import { printSchema } from './print-schema.ts';
import { addSchema, addTable, tableOperations } from './table-operations.ts';
import { addEnum, typeOperations } from './type-operations.ts';
import { viewOperations } from './view-operations.ts';

/** A schema of one to four tables and what goes with them. */
export function makeSchema(random: Random): Model {
	const model = createModel();
	if (random.chance(0.5)) addSchema(model, random);
	if (random.chance(0.6)) addEnum(model, random);
	for (let count = 1 + random.below(4); count > 0; count--) addTable(model, random);
	for (let count = random.below(20); count > 0; count--) pickOperation(random)(model, random);
	mendSchema(model);
	return model.tables.length === 0 ? makeSchema(random) : model;
}

/** Another schema: the given one after one to seven changes, several of them most often. */
export function changeSchema(model: Model, random: Random): Model {
	const changed = structuredClone(model);
	for (let count = 1 + random.below(7); count > 0; count--) pickOperation(random)(changed, random);
	mendSchema(changed);
	const isAnother = changed.tables.length > 0 && printSchema(changed) !== printSchema(model);
	return isAnother ? changed : changeSchema(model, random);
}

const OPERATIONS: WeightedOperations = [
	...tableOperations,
	...columnOperations,
	...keyOperations,
	...typeOperations,
	...viewOperations,
	...accessOperations,
];

const TOTAL = OPERATIONS.reduce((sum, [weight]) => sum + weight, 0);

function pickOperation(random: Random) {
	let left = (random.below(1_000_000) / 1_000_000) * TOTAL;
	const chosen = OPERATIONS.find(([weight]) => {
		left -= weight;
		return left < 0;
	});
	return chosen?.[1] ?? addTable;
}
