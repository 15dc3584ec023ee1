import { quoteLiteral } from '../../../src/kit/sql/quote-identifier.ts';
import { quoteName } from './operation.ts';
import type { Random } from './random.ts';
import type { Column, Present } from './read-present.ts';

/** Types with the defaults that they are given. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
	integer: ['1', '0', '1+1'],
	bigint: ['5'],
	smallint: [],
	real: [],
	'double precision': [],
	'numeric(10,2)': ['1.50'],
	'numeric(12,4)': [],
	text: ["'d'", "''", "'it''s'", 'current_user'],
	'text COLLATE "C"': [],
	'varchar(20)': ["'v'"],
	'varchar(5)': [],
	'char(3)': [],
	boolean: ['true', 'false'],
	date: ['current_date'],
	time: [],
	timestamp: ['now()'],
	timestamptz: ['now()'],
	interval: [],
	uuid: ['gen_random_uuid()'],
	jsonb: ["'{}'", `'{"a": "it''s"}'`],
	bytea: [],
	inet: [],
	int4range: [],
	'text[]': ["'{}'", "'{a,b}'"],
	'integer[]': [],
};

/** PostgreSQL's own types, and the enums and domains that are there. */
export function pickType({ enums, domains }: Present, random: Random): string {
	const chosen = random.pick(enums);
	const own = chosen ? [quoteName(chosen), quoteName(chosen), `${quoteName(chosen)}[]`] : [];
	return random.pick([...Object.keys(TYPES), ...own, ...domains.map(quoteName)]) ?? 'text';
}

/** What follows a new column's name. */
export function defineColumn(present: Present, random: Random): string {
	const type = pickType(present, random);
	const value = random.chance(0.4) ? pickDefault(type, present, random) : undefined;
	return `${type}${value ? ` DEFAULT ${value}` : ''}${random.chance(0.35) ? ' NOT NULL' : ''}`;
}

/** A default for a type; undefined where none is known. */
export function pickDefault(type: string, { enums }: Present, random: Random): string | undefined {
	const values = enums.find((one) => [quoteName(one), one.name].includes(type))?.values ?? [];
	return random.pick([...(TYPES[type] ?? []), ...values.map(quoteLiteral)]);
}

/** Whether a column can be compared with a number. */
export function isNumeric({ type }: Column): boolean {
	return /^(?:integer|bigint|smallint|numeric)(?!.*\[)/.test(type);
}
