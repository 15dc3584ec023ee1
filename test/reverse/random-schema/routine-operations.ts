import { quoteIdentifier } from '../../../src/kit/sql/quote-identifier.ts';
import { onOne, pickName, pickSchema, quoteName, type WeightedOperations } from './operation.ts';
import type { Random } from './random.ts';
import type { OnTable, Present, Relation } from './read-present.ts';

const TRIGGER = '() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN new; END $$';

const FUNCTIONS = [
	TRIGGER,
	TRIGGER,
	'() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
	'(a integer) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
	'(a text) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$',
] as const;

const functions = ({ functions }: Present) => functions;
const sequences = ({ sequences }: Present) => sequences;
const triggers = ({ triggers }: Present) => triggers;

/** Functions, the triggers that call them, and sequences of their own. */
export const routineOperations: WeightedOperations = [
	[2, createFunction],
	[0.5, onOne(functions, (one) => `DROP FUNCTION ${quoteName(one)}(${one.parameters})`)],
	[0.2, onOne(functions, (one) => `ALTER FUNCTION ${quoteName(one)}(${one.parameters}) RENAME TO h`)],
	[4, onOne(({ tables }) => tables, createTrigger)],
	[0.2, onOne(triggers, (one) => `DROP TRIGGER ${quoteIdentifier(one.name)} ON ${quoteTable(one)}`)],
	[
		0.2,
		onOne(
			triggers,
			(one) => `ALTER TRIGGER ${quoteIdentifier(one.name)} ON ${quoteTable(one)} RENAME TO tr3`,
		),
	],
	[
		0.4,
		onOne(triggers, (one) => `ALTER TABLE ${quoteTable(one)} DISABLE TRIGGER ${quoteIdentifier(one.name)}`),
	],
	[1, createSequence],
	[
		0.6,
		onOne(
			sequences,
			(one, random, present) => `ALTER SEQUENCE ${quoteName(one)} ${alterSequence(random, present)}`,
		),
	],
	[0.6, onOne(sequences, (one) => `DROP SEQUENCE ${quoteName(one)}`)],
];

function createFunction(present: Present, random: Random): string {
	return `CREATE FUNCTION ${pickName(present, random, 'f', 'g')}${random.oneOf(...FUNCTIONS)}`;
}

function createTrigger(table: Relation, random: Random, present: Present): string | undefined {
	const called = random.pick(present.functions.filter(({ parameters }) => parameters === ''));
	if (!called) return undefined;
	const name = `${random.oneOf('tr', 'tr2')} ${random.oneOf('BEFORE', 'AFTER')}`;
	return `CREATE TRIGGER ${name} INSERT ON ${quoteName(table)} FOR EACH ROW EXECUTE FUNCTION ${quoteName(called)}()`;
}

function quoteTable({ schema, table }: OnTable): string {
	return quoteName({ schema, name: table });
}

function createSequence(present: Present, random: Random): string {
	const options = random.oneOf('', ' INCREMENT 5', ' START 10 MAXVALUE 1000 CYCLE');
	return `CREATE SEQUENCE ${pickName(present, random, 'sq', 'sq2')}${options}`;
}

function alterSequence(random: Random, { schemas }: Present): string {
	const move = `SET SCHEMA ${pickSchema(schemas, random)}`;
	return random.oneOf('INCREMENT 3', 'CYCLE', 'CACHE 7', 'RENAME TO sq9', move);
}
