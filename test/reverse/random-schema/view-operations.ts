import { quoteIdentifier } from '../../../src/kit/sql/quote-identifier.ts';
import { onOne, pickName, pickSchema, quoteName, type WeightedOperations } from './operation.ts';
import type { Random } from './random.ts';
import type { Present, Relation } from './read-present.ts';

const views = ({ views }: Present) => views;

/** Views, materialized or not, of tables and of one another. */
export const viewOperations: WeightedOperations = [
	[2.5, onOne(({ tables, views }) => [...tables, ...views], createView)],
	[1.5, onOne(views, (view) => `DROP ${nameView(view)}`)],
	[0.7, onOne(views, (view, random) => `ALTER ${nameView(view)} RENAME TO ${random.oneOf('v', 'w', 'vv')}`)],
	[
		0.7,
		onOne(
			views,
			(view, random, { schemas }) => `ALTER ${nameView(view)} SET SCHEMA ${pickSchema(schemas, random)}`,
		),
	],
];

function createView(source: Relation, random: Random, present: Present): string {
	const kind = random.chance(0.25) ? 'MATERIALIZED VIEW' : 'VIEW';
	const columns = source.columns.slice(0, 2).map(({ name }) => quoteIdentifier(name));
	const listed = random.chance(0.5) || columns.length === 0 ? '*' : columns.join(', ');
	return `CREATE ${kind} ${pickName(present, random, 'v', 'w', 'V x')} AS SELECT ${listed} FROM ${quoteName(source)}`;
}

function nameView(view: Relation): string {
	return `${view.isMaterialized ? 'MATERIALIZED ' : ''}VIEW ${quoteName(view)}`;
}
