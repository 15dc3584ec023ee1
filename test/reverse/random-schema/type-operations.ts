import { quoteLiteral } from '../../../src/kit/sql/quote-identifier.ts';
import {
	type Operation,
	onOne,
	pickName,
	pickSchema,
	quoteName,
	type WeightedOperations,
} from './operation.ts';
import type { Random } from './random.ts';
import type { Present } from './read-present.ts';

const VALUES = ['a', 'b', 'c', 'z', 'new value', "q'q"] as const;

const DOMAINS = ['integer CHECK (VALUE > 0)', "text CHECK (VALUE LIKE '%@%')", 'text NOT NULL'] as const;

/** Enums and domains. */
export const typeOperations: WeightedOperations = [
	[3, createEnum],
	[3, alterEnum((values, random) => `ADD VALUE ${pickValue(random)}${placeValue(values, random)}`)],
	[
		1,
		alterEnum(
			(values, random) => `RENAME VALUE ${quoteLiteral(random.pick(values) ?? 'a')} TO ${pickValue(random)}`,
		),
	],
	[1, alterEnum((_values, random) => `RENAME TO ${random.oneOf('mood', 'state', 'feeling')}`)],
	[1, alterEnum((_values, random, { schemas }) => `SET SCHEMA ${pickSchema(schemas, random)}`)],
	[
		1,
		onOne(
			({ enums }) => enums,
			(one) => `DROP TYPE ${quoteName(one)}`,
		),
	],
	[
		0.5,
		onOne(
			({ enums }) => enums,
			(one) => `DO $$ BEGIN ALTER TYPE ${quoteName(one)} RENAME TO dyn; END $$`,
		),
	],
	[1, createDomain],
	[
		0.5,
		onOne(
			({ domains }) => domains,
			(one) => `DROP DOMAIN ${quoteName(one)}`,
		),
	],
];

function createEnum(present: Present, random: Random): string {
	const values = random.some(VALUES, 3).map(quoteLiteral);
	return `CREATE TYPE ${pickName(present, random, 'mood', 'state', 'Kind')} AS ENUM (${values.join(', ')})`;
}

function alterEnum(make: (values: readonly string[], random: Random, present: Present) => string): Operation {
	return onOne(
		({ enums }) => enums,
		(one, random, present) => `ALTER TYPE ${quoteName(one)} ${make(one.values, random, present)}`,
	);
}

function pickValue(random: Random): string {
	return quoteLiteral(random.oneOf(...VALUES));
}

/** Before or after one that is there, or at the end. */
function placeValue(values: readonly string[], random: Random): string {
	const neighbour = random.chance(0.5) ? random.pick(values) : undefined;
	return neighbour === undefined ? '' : ` ${random.oneOf('BEFORE', 'AFTER')} ${quoteLiteral(neighbour)}`;
}

function createDomain(present: Present, random: Random): string {
	return `CREATE DOMAIN ${pickName(present, random, 'pos', 'email')} AS ${random.oneOf(...DOMAINS)}`;
}
