import { quoteLiteral } from '../../sql/quote-identifier.ts';
import type { TypeShape } from './read-table-shapes.ts';

/** A type as it is used: `character varying(20)` of type 1043. */
export interface ValueType {
	readonly type: string;
	readonly typeId: string;
}

/**
 * SQL expressions for values of a type, the most ordinary first; other numbers give other values where the type has
 * enough of them. Empty for types that nothing is known about.
 * @param hints constants found in conditions on the value, tried after the ordinary ones
 */
export function makeValues(
	use: ValueType,
	number: number,
	types: ReadonlyMap<string, TypeShape>,
	hints: readonly string[] = [],
): readonly string[] {
	const shape = types.get(use.typeId);
	if (!shape) return [];
	if (shape.isArray) return makeArrays(use, shape, number, types, hints);
	if (shape.kind === 'd') return makeDomainValues(shape, number, types, hints);
	if (shape.kind === 'c') return makeRows(use, shape, number, types);
	if (shape.kind === 'r') return makeRanges(use, shape, number);
	if (shape.kind === 'e')
		return rotate(shape.values, number).map((value) => `${quoteLiteral(value)}::${use.type}`);
	const texts = listTexts(shape.name, limitsOf(use.type), number, hints);
	return [...new Set(texts)].map((text) => `${quoteLiteral(text)}::${use.type}`);
}

/**
 * The same for a value that is to fit another type, too, into which its text will be cast.
 * @returns undefined when nothing is known of the other type, or the two have no value in common
 */
export function makeFittingValue(
	use: ValueType,
	other: ValueType,
	number: number,
	types: ReadonlyMap<string, TypeShape>,
): string | undefined {
	const [shape, target] = [types.get(use.typeId), types.get(other.typeId)];
	if (!shape || !target) return undefined;
	const texts =
		target.kind === 'e'
			? rotate(target.values, number)
			: listTexts(target.name, limitsOf(other.type), number, []);
	const fitting = shape.kind === 'e' ? texts.filter((text) => shape.values.includes(text)) : texts;
	const isText = shape.kind === 'e' || TEXT_TYPES.has(shape.name);
	return isText && fitting[0] !== undefined ? `${quoteLiteral(fitting[0])}::${use.type}` : undefined;
}

function makeArrays(
	use: ValueType,
	shape: TypeShape,
	number: number,
	types: ReadonlyMap<string, TypeShape>,
	hints: readonly string[],
): readonly string[] {
	const element = use.type.endsWith('[]') ? use.type.slice(0, -2) : (shape.baseName ?? '');
	const items = makeValues({ type: element, typeId: shape.base ?? '' }, number, types, hints);
	const filled = items.map((item) => `ARRAY[${item}]::${use.type}`);
	return [
		...filled,
		...(items.length > 1 ? [`ARRAY[${items.slice(0, 2).join(', ')}]::${use.type}`] : []),
		`'{}'::${use.type}`,
	];
}

function makeDomainValues(
	shape: TypeShape,
	number: number,
	types: ReadonlyMap<string, TypeShape>,
	hints: readonly string[],
): readonly string[] {
	const constants = [...hints, ...shape.checks.flatMap(findConstants)];
	return makeValues({ type: shape.baseName ?? 'text', typeId: shape.base ?? '' }, number, types, constants);
}

function makeRows(
	use: ValueType,
	shape: TypeShape,
	number: number,
	types: ReadonlyMap<string, TypeShape>,
): readonly string[] {
	const values = shape.attributes.map((attribute) => makeValues(attribute, number, types)[0] ?? 'NULL');
	return [`ROW(${values.join(', ')})::${use.type}`];
}

const RANGE_BOUNDS: Readonly<Record<string, (number: number) => string>> = {
	1082: (number) => `[${day(number)},${day(number + 1)})`,
	1114: (number) => `["${day(number)} 10:00","${day(number)} 11:00")`,
	1184: (number) => `["${day(number)} 10:00+00","${day(number)} 11:00+00")`,
};

function makeRanges(use: ValueType, shape: TypeShape, number: number): readonly string[] {
	const bounds = RANGE_BOUNDS[shape.base ?? '']?.(number) ?? `[${number * 10},${number * 10 + 5})`;
	return [`${quoteLiteral(bounds)}::${use.type}`, `'empty'::${use.type}`];
}

/** The literals in a condition, and their neighbours where they are numbers. */
export function findConstants(expression: string): readonly string[] {
	const texts = [...expression.matchAll(/'((?:[^']|'')*)'/g)].map((match) =>
		(match[1] ?? '').replaceAll("''", "'"),
	);
	const numbers = [...expression.replace(/'(?:[^']|'')*'/g, '').matchAll(/(?<![\w.])-?\d+(?:\.\d+)?/g)].map(
		(match) => Number(match[0]),
	);
	return [
		...texts.flatMap(sampleText),
		...numbers.flatMap((number) => [number, number + 1, number - 1].map(String)),
	];
}

/** The text itself, and one that a regular expression or a LIKE pattern of that text would match. */
function sampleText(text: string): readonly string[] {
	return [text, text.replaceAll('%', 'x').replaceAll('_', 'x'), samplePattern(text)];
}

/** A text for the simpler regular expressions: classes, repetitions, the first alternative. */
function samplePattern(pattern: string): string {
	return pattern
		.replace(/\\\./g, '\u0001')
		.replace(/\((?:\?:)?([^()|]*)(?:\|[^()]*)?\)/g, '$1')
		.replace(/\[([^\]]+)\]|\\d|\\w|\\s/g, (match, set) =>
			set ? sampleClass(set) : match === '\\d' ? '1' : match === '\\w' ? 'a' : ' ',
		)
		.replace(/(.)\{(\d+)(?:,\d*)?\}/g, (_, item, times) => item.repeat(Number(times)))
		.replace(/(.)\+/g, '$1$1')
		.replace(/.[*?]/g, '')
		.replace(/\./g, 'a')
		.replace(/[\^$]/g, '')
		.replaceAll('\u0001', '.');
}

function sampleClass(set: string): string {
	if (set.startsWith('^')) return set.includes('a') ? '1' : 'a';
	return set.startsWith('\\') ? (set[1] === 'd' ? '1' : 'a') : (set[0] ?? 'a');
}

/** The numbers in parentheses: a length, or precision and scale. */
function limitsOf(type: string): readonly number[] {
	const match = /\((\d+)(?:,(-?\d+))?\)/.exec(type);
	return match
		? match
				.slice(1)
				.filter((limit) => limit !== undefined)
				.map(Number)
		: [];
}

function day(number: number): string {
	return new Date(Date.UTC(2024, 0, number)).toISOString().slice(0, 10);
}

function listTexts(
	name: string,
	limits: readonly number[],
	number: number,
	hints: readonly string[],
): readonly string[] {
	const [length] = limits;
	const texts = name === 'numeric' ? listNumerics(number, limits) : (TEXTS[name]?.(number, length) ?? []);
	const fitting = hints.filter((hint) => isFor(name, hint, length));
	return TEXT_TYPES.has(name)
		? [...texts, ...fitting].map((text) => text.slice(0, length))
		: [...texts, ...fitting];
}

const TEXT_TYPES = new Set(['text', 'varchar', 'bpchar', 'name', 'citext', 'char']);
const NUMBER_TYPES = new Set(['int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'money', 'oid']);

function isFor(name: string, hint: string, length: number | undefined): boolean {
	if (TEXT_TYPES.has(name)) return length === undefined || hint.length <= length;
	if (NUMBER_TYPES.has(name))
		return (
			hint.trim() !== '' &&
			Number.isFinite(Number(hint)) &&
			(!/^int|oid/.test(name) || Number.isInteger(Number(hint)))
		);
	if (/^(date|timestamp|timestamptz)$/.test(name)) return /^\d{4}-\d{2}-\d{2}/.test(hint);
	return false;
}

type ListTexts = (number: number, length: number | undefined) => readonly string[];

const integers: ListTexts = (number) =>
	[number, 100 + number, 0, -number, 1000 + number, 2000 + number].map(String);
const decimals: ListTexts = (number) => [
	`${number}.5`,
	`0.${number}`,
	String(number),
	String(100 + number),
	'0',
	`-${number}`,
];

/** With as many places as the type keeps, so that rounding shows. */
function listNumerics(number: number, [precision = 20, scale = 4]: readonly number[]): readonly string[] {
	const places = '123456789'.slice(0, Math.max(scale, 0));
	const whole = Math.max(precision - scale, 0);
	const fits = (value: number) => String(value).length <= whole;
	const values = [number, 100 + number, 1000 + number].filter(fits);
	const fraction = places === '' ? '' : `.${places.slice(0, -1)}${number % 10}`;
	return [
		...values.map((value) => `${value}${fraction}`),
		...(fits(number) ? [String(number), `-${number}`] : []),
		`0${fraction}`,
		'0',
	];
}

const TEXTS: Readonly<Record<string, ListTexts>> = {
	int2: integers,
	int4: integers,
	int8: integers,
	oid: (number) => [String(number)],
	float4: decimals,
	float8: decimals,
	money: (number) => [`${number}.50`],
	bool: (number) => (number % 2 === 1 ? ['true', 'false'] : ['false', 'true']),
	text: listWords,
	varchar: listWords,
	bpchar: listWords,
	name: listWords,
	char: (number) => [String.fromCharCode(96 + number)],
	uuid: (number) => [`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`],
	date: (number) => [day(number), day(number + 36_500)],
	timestamp: (number) => [`${day(number)} 10:20:30.123456`, `${day(number + 36_500)} 00:00`],
	timestamptz: (number) => [`${day(number)} 10:20:30.123456+00`, `${day(number + 36_500)} 00:00+00`],
	time: (number) => [`10:20:${String(number).padStart(2, '0')}`],
	timetz: (number) => [`10:20:${String(number).padStart(2, '0')}+00`],
	interval: (number) => [`${number} days`],
	json: (number) => [`{"k": ${number}}`, '[]', '{}'],
	jsonb: (number) => [`{"k": ${number}}`, '[]', '{}'],
	jsonpath: (number) => [`$.a${number}`],
	bytea: (number) => [`\\x0${number}`],
	inet: (number) => [`10.0.0.${number}`],
	cidr: (number) => [`10.0.${number}.0/24`],
	macaddr: (number) => [`08:00:2b:01:02:0${number}`],
	macaddr8: (number) => [`08:00:2b:01:02:03:04:0${number}`],
	bit: (number, length = 1) => [(number % 2 ? '1' : '0').padStart(length, '0')],
	varbit: (number, length = 8) => ['1'.repeat(Math.min(number, length))],
	point: (number) => [`(${number},${number})`],
	line: (number) => [`{1,2,${number}}`],
	lseg: (number) => [`[(0,0),(${number},${number})]`],
	box: (number) => [`(${number},${number}),(0,0)`],
	path: (number) => [`((0,0),(${number},${number}))`],
	polygon: (number) => [`((0,0),(${number},0),(0,${number}))`],
	circle: (number) => [`<(0,0),${number}>`],
	tsvector: (number) => [`word${number}`],
	tsquery: (number) => [`word${number}`],
	xml: (number) => [`<a>${number}</a>`],
	pg_lsn: (number) => [`0/${number}`],
	citext: listWords,
	hstore: (number) => [`k=>${number}`],
	ltree: (number) => [`a.b${number}`],
	cube: (number) => [`(${number})`],
	vector: (number, length = 3) => [`[${Array.from({ length }, (_, place) => place + number).join(',')}]`],
	halfvec: (number, length = 3) => [`[${Array.from({ length }, (_, place) => place + number).join(',')}]`],
	sparsevec: (number, length = 3) => [`{1:${number}}/${length}`],
	geometry: (number) => [`POINT(${number} ${number})`],
	geography: (number) => [`POINT(${number} ${number})`],
};

function listWords(number: number, length: number | undefined): readonly string[] {
	const room = length ?? 60;
	const word =
		room >= 3 ? `a${number}'`.slice(0, Math.max(2, Math.min(room, 3))) : String.fromCharCode(96 + number);
	const words = [
		word,
		`word${number}`,
		String(number),
		`user${number}@example.com`,
		`A${number}`,
		`https://example.com/${number}`,
		day(number),
		`a long text of some fifty characters, number ${String(number).padStart(6, '0')}`,
		`00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
		'',
		`+1555000000${number}`,
		`{"k": ${number}}`,
	];
	return words.filter((item) => item.length <= room);
}

function rotate<Item>(items: readonly Item[], number: number): readonly Item[] {
	const start = items.length === 0 ? 0 : (number - 1) % items.length;
	return [...items.slice(start), ...items.slice(0, start)];
}
