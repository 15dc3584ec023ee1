import type { Random } from '../../reverse/random-schema/random.ts';
import type { Model, Policy, Table } from './model.ts';
import { nameAmong, nextId, onTable, removeOne, type WeightedOperations } from './operation.ts';

/** Policies and row security. */
export const accessOperations: WeightedOperations = [
	[1, onTable(addPolicy)],
	[0.5, onTable(({ policies }, _model, random) => removeOne(policies, random))],
	[0.7, onTable(changePolicy)],
	[
		0.5,
		onTable((table) => {
			table.hasRowSecurity = !table.hasRowSecurity;
		}),
	],
];

function addPolicy(table: Table, model: Model, random: Random): void {
	const name = nameAmong(table.policies, random, ' policy');
	table.policies.push({ id: nextId(model), name, ...makePolicy(table, random) });
}

function changePolicy(table: Table, _model: Model, random: Random): void {
	const policy = random.pick(table.policies);
	if (policy === undefined) return;
	if (random.chance(0.4)) policy.name = nameAmong(table.policies, random, ' policy');
	else Object.assign(policy, makePolicy(table, random));
}

function makePolicy({ columns }: Table, random: Random): Omit<Policy, 'id' | 'name'> {
	const command = random.oneOf('all', 'select', 'insert', 'update', 'delete');
	const options = [
		`for: '${command}'`,
		...random.oneOf([], ["as: 'restrictive'"]),
		...random.oneOf([], ["to: 'public'"], ["to: ['current_user']"]),
	];
	const hasUsing = command !== 'insert' && random.chance(0.8);
	const hasWithCheck = command !== 'select' && command !== 'delete' && random.chance(0.6);
	const column = random.chance(0.6) ? random.pick(columns)?.id : undefined;
	return { options: options.join(', '), column, hasUsing, hasWithCheck };
}
