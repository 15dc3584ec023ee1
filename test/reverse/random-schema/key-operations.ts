import { quoteIdentifier } from '../../../src/kit/sql/quote-identifier.ts';
import { isNumeric } from './column-types.ts';
import { alterTable, onOne, pickName, quoteName, type WeightedOperations } from './operation.ts';
import type { Random } from './random.ts';
import type { Present, Relation } from './read-present.ts';

const INDEXES = ['i1', 'i2', 'I three'] as const;

const tables = ({ tables }: Present) => tables;
const indexes = ({ indexes }: Present) => indexes;

/** Keys, checks, indexes and statistics: all that is said about columns together. */
export const keyOperations: WeightedOperations = [
	[
		2.5,
		alterTable(
			(table, random) => `ADD ${nameSome(random, 'uq', 'Weird "c"')}UNIQUE (${someColumns(table, random)})`,
		),
	],
	[
		1,
		alterTable(
			(table, random) => `ADD ${nameSome(random, 'pk1', 'pk2')}PRIMARY KEY (${someColumns(table, random)})`,
		),
	],
	[2, alterTable(addCheck)],
	[1, alterTable((table, random) => `ADD CHECK (${pickColumn(table, random)} IS NOT NULL)`)],
	[3, alterTable(addForeignKey)],
	[3, alterTable(({ constraints }, random) => changeConstraint(constraints, random, () => ['DROP']))],
	[1, alterTable(({ constraints }, random) => changeConstraint(constraints, random, renameConstraint))],
	[3, onOne(tables, createIndex)],
	[2, onOne(indexes, (index) => `DROP INDEX ${quoteName(index)}`)],
	[
		1,
		onOne(
			indexes,
			(index, random) => `ALTER INDEX ${quoteName(index)} RENAME TO ${random.oneOf('ri', 'i1')}`,
		),
	],
	[0.8, onOne(tables, createStatistics)],
];

function pickColumn({ columns }: Relation, random: Random): string {
	return quoteIdentifier(random.pick(columns)?.name ?? 'id');
}

function someColumns({ columns }: Relation, random: Random): string {
	return random
		.some(columns, 2)
		.map(({ name }) => quoteIdentifier(name))
		.join(', ');
}

/** A constraint's name half of the time, PostgreSQL's own choice otherwise. */
function nameSome(random: Random, ...names: readonly [string, ...string[]]): string {
	return random.chance(0.5) ? `CONSTRAINT ${quoteIdentifier(random.oneOf(...names))} ` : '';
}

function addCheck({ columns }: Relation, random: Random): string | undefined {
	const column = random.pick(columns.filter(isNumeric));
	return column && `ADD ${nameSome(random, 'ck', 'ck2')}CHECK (${quoteIdentifier(column.name)} > 0)`;
}

function addForeignKey(table: Relation, random: Random, present: Present): string | undefined {
	const parent = random.pick(present.tables);
	if (!parent) return undefined;
	const target = `${quoteName(parent)} (${pickColumn(parent, random)})`;
	const action = random.oneOf('CASCADE', 'SET NULL', 'NO ACTION');
	const deferral = random.chance(0.2) ? ' DEFERRABLE INITIALLY DEFERRED' : '';
	return `ADD FOREIGN KEY (${pickColumn(table, random)}) REFERENCES ${target} ON DELETE ${action}${deferral}`;
}

function changeConstraint(
	constraints: readonly string[],
	random: Random,
	choose: (random: Random) => readonly [verb: string, rest?: string],
): string | undefined {
	const constraint = random.pick(constraints);
	if (constraint === undefined) return undefined;
	const [verb, rest = ''] = choose(random);
	return `${verb} CONSTRAINT ${quoteIdentifier(constraint)}${rest}`;
}

function renameConstraint(random: Random): readonly [string, string] {
	return ['RENAME', ` TO ${random.oneOf('rk', 'rk2', 'uq', 'ck')}`];
}

function createIndex(table: Relation, random: Random): string {
	const column = pickColumn(table, random);
	const body = random.oneOf(
		`(${someColumns(table, random)})`,
		`(${column} DESC NULLS LAST)`,
		`(${column}) WHERE ${column} IS NOT NULL`,
		`((${column}::text))`,
		`USING hash (${column})`,
	);
	const name = random.chance(0.6) ? `${quoteIdentifier(random.oneOf(...INDEXES))} ` : '';
	return `CREATE ${random.chance(0.3) ? 'UNIQUE ' : ''}INDEX ${name}ON ${quoteName(table)} ${body}`;
}

function createStatistics(table: Relation, random: Random, present: Present): string {
	const columns = table.columns.slice(0, 2).map(({ name }) => quoteIdentifier(name));
	return `CREATE STATISTICS ${pickName(present, random, 'st', 'st2')} ON ${columns.join(', ')} FROM ${quoteName(table)}`;
}
