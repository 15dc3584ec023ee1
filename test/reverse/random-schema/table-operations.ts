import { quoteIdentifier, quoteLiteral } from '../../../src/kit/sql/quote-identifier.ts';
import { defineColumn } from './column-types.ts';
import { alterTable, onOne, pickName, pickSchema, quoteName, type WeightedOperations } from './operation.ts';
import type { Random } from './random.ts';
import type { Present } from './read-present.ts';

const TABLES = ['t', 'u', 'k', 'posts', 'Big Table', 'order', 'z'] as const;

/** What columns are called. */
export const COLUMNS = [
	'a',
	'b',
	'c',
	'd',
	'e',
	'user',
	'order',
	'Mixed Case',
	'x',
	'status',
	"it's",
] as const;

const KEYS = [
	'serial PRIMARY KEY',
	'integer PRIMARY KEY',
	'uuid PRIMARY KEY DEFAULT gen_random_uuid()',
	'bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
	'integer',
] as const;

const SETTINGS = [
	'fillfactor = 70',
	'autovacuum_enabled = false',
	'toast.autovacuum_enabled = false',
] as const;

const tables = ({ tables }: Present) => tables;

/** Tables and the schemas they live in: made, dropped, renamed, moved and described. */
export const tableOperations: WeightedOperations = [
	[6, createTable],
	[2, onOne(tables, (table) => `DROP TABLE ${quoteName(table)}`)],
	[2, alterTable((_table, random) => `RENAME TO ${quoteIdentifier(random.oneOf(...TABLES))}`)],
	[1.5, alterTable((_table, random, { schemas }) => `SET SCHEMA ${pickSchema(schemas, random)}`)],
	[0.5, alterTable((_table, random) => random.oneOf('SET UNLOGGED', 'SET LOGGED'))],
	[0.3, alterTable((_table, random) => `REPLICA IDENTITY ${random.oneOf('FULL', 'DEFAULT')}`)],
	[0.5, alterTable((_table, random) => `SET (${random.oneOf(...SETTINGS)})`)],
	[1, alterTable((_table, random) => `${random.oneOf('ENABLE', 'DISABLE', 'FORCE')} ROW LEVEL SECURITY`)],
	[0.6, onOne(tables, (table, random) => `COMMENT ON TABLE ${quoteName(table)} IS ${pickComment(random)}`)],
	[0.8, ({ schemas }) => (schemas.includes('s1') ? undefined : 'CREATE SCHEMA s1')],
	[0.5, ({ schemas }) => (schemas.includes('s2') ? 'DROP SCHEMA s2' : 'CREATE SCHEMA s2')],
	[0.4, ({ schemas }) => (schemas.includes('s1') ? 'ALTER SCHEMA s1 RENAME TO s2' : undefined)],
];

/** What a comment is set to: a literal or NULL. */
export function pickComment(random: Random): string {
	return random.chance(0.3) ? 'NULL' : quoteLiteral(random.oneOf('hello', "it's"));
}

function createTable(present: Present, random: Random): string {
	const columns = random
		.some(COLUMNS, 4)
		.map((name) => `${quoteIdentifier(name)} ${defineColumn(present, random)}`);
	const all = [`id ${random.oneOf(...KEYS)}`, ...columns];
	return `CREATE TABLE ${pickName(present, random, ...TABLES)} (${all.join(', ')})`;
}
