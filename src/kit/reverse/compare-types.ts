import type { ColumnType } from '../catalog/catalog.ts';
import { findByIdentity } from '../catalog/index-catalog.ts';
import type { CatalogObjects } from '../catalog/read-catalog.ts';

/** A type as a column has it: `character varying(50)`, and what is known about the type itself. */
export interface TypeUse {
	/** As PostgreSQL prints it. */
	readonly name: string;
	readonly stored?: ColumnType | undefined;
	/** An enum's values, in order. */
	readonly values?: readonly string[] | undefined;
}

/** The type of a column, with the values of an enum. */
export function readTypeUse(catalog: CatalogObjects, identity: string, name: string): TypeUse {
	const stored = catalog.types.get(identity);
	const enumeration = stored && findByIdentity(catalog, stored.type);
	const values = enumeration?.attributes.values;
	return { name, stored, values: Array.isArray(values) ? values.map(String) : undefined };
}

/** Whether every value of one type comes through as the same value of the other, so that going back gives it again. */
export function isLossless(from: TypeUse, to: TypeUse): boolean {
	if (from.values && to.values)
		return isArray(from) === isArray(to) && from.values.every((value) => to.values?.includes(value));
	if (from.name === to.name) return true;
	if (isArray(from) !== isArray(to)) return false;
	const [one, other] = [parseType(from.name), parseType(to.name)];
	if (TEXTS.has(other.base))
		return other.limits.length === 0 ? isPrintable(from, one) : isShorterText(from, one, other);
	if (one.base === other.base) return isWithin(one, other);
	return (WIDER[one.base] ?? []).includes(other.base) && isWithinWider(one, other);
}

/** Every text is one of the other's values too: `text`, `varchar` without a length. */
const TEXTS = new Set(['text', 'character varying', 'citext']);

const WIDER: Readonly<Record<string, readonly string[]>> = {
	smallint: ['integer', 'bigint', 'numeric', 'real', 'double precision'],
	integer: ['bigint', 'numeric', 'double precision'],
	bigint: ['numeric'],
	real: ['double precision'],
	date: ['timestamp without time zone'],
	cidr: ['inet'],
	'time without time zone': ['interval'],
	bit: ['bit varying'],
};

interface ParsedType {
	readonly base: string;
	readonly limits: readonly number[];
}

/** `numeric(10,2)[]` -> `numeric`, [10, 2]. The collation is no part of it. */
function parseType(name: string): ParsedType {
	const plain = name.replace(/ COLLATE .*$/, '').replace(/(\[\])+$/, '');
	const limits = /\(([\d, -]+)\)/.exec(plain)?.[1]?.split(',').map(Number) ?? [];
	return { base: plain.replace(/\([\d, -]+\)/, '').replace(/^.*\./, ''), limits };
}

function isArray({ name }: TypeUse): boolean {
	return /\[\]( COLLATE .*)?$/.test(name);
}

/** Types whose printed form says everything about a value. Trailing blanks of `character(n)` mean nothing, and come back. */
function isPrintable(from: TypeUse, { base }: ParsedType): boolean {
	return from.values !== undefined || PRINTABLE.has(base) || TEXTS.has(base);
}

const PRINTABLE = new Set([
	'character',
	'smallint',
	'integer',
	'bigint',
	'numeric',
	'real',
	'double precision',
	'boolean',
	'uuid',
	'json',
	'jsonb',
	'date',
	'inet',
	'cidr',
	'macaddr',
	'macaddr8',
	'bit',
	'bit varying',
	'bytea',
	'time without time zone',
	'timestamp without time zone',
	'name',
	'oid',
]);

function isShorterText(from: TypeUse, { base, limits }: ParsedType, to: ParsedType): boolean {
	const longest = to.limits[0] ?? 0;
	if (from.values) return from.values.every((value) => [...value].length <= longest);
	if (TEXTS.has(base) || base === 'character') return limits[0] !== undefined && limits[0] <= longest;
	return (PRINTED_LENGTHS[base] ?? Number.POSITIVE_INFINITY) <= longest;
}

const PRINTED_LENGTHS: Readonly<Record<string, number>> = {
	smallint: 6,
	integer: 11,
	bigint: 20,
	boolean: 5,
	uuid: 36,
	date: 13,
};

/** The same type with other limits. */
function isWithin(one: ParsedType, other: ParsedType): boolean {
	if (other.limits.length === 0)
		return one.base !== 'character' && one.base !== 'bit' ? true : one.limits.length === 0;
	if (one.limits.length === 0) return false;
	if (one.base === 'numeric') return isWithinNumeric(one.limits, other.limits);
	if (one.base === 'bit') return one.limits[0] === other.limits[0];
	return (one.limits[0] ?? 0) <= (other.limits[0] ?? 0);
}

function isWithinNumeric(
	[precision = 0, scale = 0]: readonly number[],
	[wanted = 0, places = 0]: readonly number[],
): boolean {
	return scale <= places && precision - scale <= wanted - places;
}

const DIGITS: Readonly<Record<string, number>> = { smallint: 5, integer: 10, bigint: 19 };

function isWithinWider(one: ParsedType, other: ParsedType): boolean {
	if (other.base === 'numeric' && other.limits.length > 0)
		return isWithinNumeric([DIGITS[one.base] ?? 99, 0], other.limits);
	if (other.base === 'bit varying')
		return other.limits.length === 0 || (one.limits[0] ?? 1) <= (other.limits[0] ?? 0);
	// A fraction of a second that the type cannot hold is rounded; a date has none.
	return true;
}
