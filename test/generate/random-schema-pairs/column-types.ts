import type { Random } from '../../reverse/random-schema/random.ts';
import type { Column, EnumType, Model } from './model.ts';

interface ColumnType {
	/** The builder and its options, what follows the name: `numeric` and `{ precision: 10 }`. */
	readonly build: readonly [builder: string, options?: string];
	/** Whether it can be a key or sorted. */
	readonly isSortable: boolean;
	readonly kind: 'integer' | 'number' | 'text' | 'time' | 'other' | 'serial';
	/** Calls on the column, without dimensions. */
	readonly defaults: readonly string[];
	/** Calls on the column with one dimension. */
	readonly arrayDefaults?: readonly string[];
}

const integers = ['.default(7)', '.default(-1)', '.default(sql`1 + 1`)'];
const texts = [".default('')", ".default('x')", ".default('it\\'s')", '.default(sql`current_user`)'];

/** What a column can be of, apart from enums. */
export const COLUMN_TYPES: Readonly<Record<string, ColumnType>> = {
	integer: {
		build: ['integer'],
		isSortable: true,
		kind: 'integer',
		defaults: integers,
		arrayDefaults: ['.default([])', '.default([1, 2])', ".default(sql`'{3}'`)"],
	},
	bigint: { build: ['bigint', "{ mode: 'number' }"], isSortable: true, kind: 'integer', defaults: integers },
	smallint: { build: ['smallint'], isSortable: true, kind: 'integer', defaults: integers },
	serial: { build: ['serial'], isSortable: true, kind: 'serial', defaults: [] },
	bigserial: { build: ['bigserial', "{ mode: 'number' }"], isSortable: true, kind: 'serial', defaults: [] },
	smallserial: { build: ['smallserial'], isSortable: true, kind: 'serial', defaults: [] },
	real: { build: ['real'], isSortable: true, kind: 'number', defaults: ['.default(1.5)'] },
	double: { build: ['doublePrecision'], isSortable: true, kind: 'number', defaults: ['.default(0)'] },
	numeric: { build: ['numeric'], isSortable: true, kind: 'number', defaults: [".default('1.50')"] },
	money: {
		build: ['numeric', '{ precision: 10, scale: 2 }'],
		isSortable: true,
		kind: 'number',
		defaults: [".default('0')", ".default('9.99')"],
	},
	precise: {
		build: ['numeric', '{ precision: 14, scale: 4 }'],
		isSortable: true,
		kind: 'number',
		defaults: [],
	},
	text: {
		build: ['text'],
		isSortable: true,
		kind: 'text',
		defaults: texts,
		arrayDefaults: ['.default([])', ".default(['a', 'b'])", ".default(sql`'{}'`)"],
	},
	varchar: { build: ['varchar'], isSortable: true, kind: 'text', defaults: texts },
	varchar20: {
		build: ['varchar', '{ length: 20 }'],
		isSortable: true,
		kind: 'text',
		defaults: [".default('x')"],
		arrayDefaults: ['.default([])'],
	},
	varchar5: {
		build: ['varchar', '{ length: 5 }'],
		isSortable: true,
		kind: 'text',
		defaults: [".default('')"],
	},
	char3: { build: ['char', '{ length: 3 }'], isSortable: true, kind: 'text', defaults: [".default('abc')"] },
	boolean: {
		build: ['boolean'],
		isSortable: true,
		kind: 'other',
		defaults: ['.default(true)', '.default(false)'],
	},
	date: {
		build: ['date'],
		isSortable: true,
		kind: 'time',
		defaults: ['.defaultNow()', ".default('2020-02-29')"],
	},
	time: { build: ['time'], isSortable: true, kind: 'time', defaults: [".default('12:00')"] },
	timestamp: { build: ['timestamp'], isSortable: true, kind: 'time', defaults: ['.defaultNow()'] },
	timestamptz: {
		build: ['timestamp', '{ withTimezone: true, precision: 3 }'],
		isSortable: true,
		kind: 'time',
		defaults: ['.defaultNow()', '.default(sql`now()`)'],
	},
	interval: { build: ['interval'], isSortable: true, kind: 'other', defaults: [".default('1 day')"] },
	uuid: { build: ['uuid'], isSortable: true, kind: 'other', defaults: ['.defaultRandom()'] },
	jsonb: {
		build: ['jsonb'],
		isSortable: true,
		kind: 'other',
		defaults: ['.default({})', '.default([])', ".default({ a: [1, 'b'] })"],
	},
	json: { build: ['json'], isSortable: false, kind: 'other', defaults: ['.default({})'] },
	inet: { build: ['inet'], isSortable: true, kind: 'other', defaults: [".default('127.0.0.1')"] },
	point: { build: ['point'], isSortable: false, kind: 'other', defaults: [] },
	bit: { build: ['bit', '{ dimensions: 3 }'], isSortable: true, kind: 'other', defaults: [] },
	bytea: { build: ['bytea'], isSortable: true, kind: 'other', defaults: [] },
	tsvector: { build: ['tsvector'], isSortable: true, kind: 'other', defaults: [] },
};

const NAMES = Object.keys(COLUMN_TYPES);

/** A type for a new column: half of the time one of the common ones. */
export function pickType({ enums }: Model, random: Random): string | number {
	if (enums.length > 0 && random.chance(0.2)) return random.pick(enums)?.id ?? 'text';
	if (random.chance(0.4))
		return random.oneOf('integer', 'text', 'varchar20', 'timestamptz', 'boolean', 'jsonb');
	return random.pick(NAMES) ?? 'text';
}

/** A default for the column's type, as a call on it; undefined where none is known. */
export function pickDefault(model: Model, column: Column, random: Random): string | undefined {
	const values = findEnum(model, column)?.values;
	if (values !== undefined) {
		const value = JSON.stringify(random.pick(values));
		return column.dimensions === 0 ? `.default(${value})` : `.default([${random.chance(0.5) ? value : ''}])`;
	}
	const { defaults = [], arrayDefaults = [] } = COLUMN_TYPES[column.type] ?? {};
	return random.pick(column.dimensions === 0 ? defaults : column.dimensions === 1 ? arrayDefaults : []);
}

/** The enum that a column is of. */
export function findEnum({ enums }: Model, { type }: Column): EnumType | undefined {
	return enums.find(({ id }) => id === type);
}

/** What kind of values a column has; `list` for arrays. */
export function kindOf({ type, dimensions }: Column): ColumnType['kind'] | 'enum' | 'list' {
	if (dimensions > 0) return 'list';
	return typeof type === 'number' ? 'enum' : (COLUMN_TYPES[type]?.kind ?? 'other');
}

/** Whether a column can be part of a key. */
export function isSortable({ type, dimensions }: Column): boolean {
	return dimensions === 0 && (typeof type === 'number' || COLUMN_TYPES[type]?.isSortable === true);
}
