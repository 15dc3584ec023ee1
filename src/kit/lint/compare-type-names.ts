import type { SyntaxNode } from '../sql/parse-statements.ts';

/** A type as PostgreSQL prints it, from a `TypeName` node: `varchar(50)`, `numeric(10, 2)`, `public.mood[]`. */
export function printType({ names = [], typmods = [], arrayBounds = [] }: SyntaxNode): string {
	const parts = names
		.map((name: SyntaxNode) => String(name.String?.sval))
		.filter((name: string) => name !== 'pg_catalog');
	const modifiers = typmods.map((item: SyntaxNode) => String(item.A_Const?.ival?.ival ?? 0));
	const type = (parts.length === 1 ? (SHORT[parts[0] as string] ?? parts[0]) : parts.join('.')) as string;
	return `${type}${modifiers.length === 0 ? '' : `(${modifiers.join(', ')})`}${'[]'.repeat(arrayBounds.length)}`;
}

const SHORT: Readonly<Record<string, string>> = {
	int2: 'smallint',
	int4: 'integer',
	int8: 'bigint',
	float4: 'real',
	float8: 'double precision',
	bool: 'boolean',
	bpchar: 'char',
};

/**
 * Whether PostgreSQL is known to change one type into the other without touching a row: a text that may be longer, a number that may
 * have more digits before the point, a timestamp that may be more precise.
 */
export function isKnownToKeepRows(from: string, to: string): boolean {
	const [one, other] = [splitType(from), splitType(to)];
	if (one.name === other.name && one.modifiers.join() === other.modifiers.join()) return true;
	if (one.name === 'varchar' && other.name === 'text') return true;
	if (one.name !== other.name) return false;
	const [length, size] = [one.modifiers[0], other.modifiers[0]];
	if (one.name === 'varchar') return size === undefined || (length !== undefined && size >= length);
	if (one.name === 'numeric')
		return (
			size === undefined ||
			(length !== undefined && size >= length && one.modifiers[1] === other.modifiers[1])
		);
	if (GROWING.has(one.name)) return size === undefined || (length !== undefined && size >= length);
	return false;
}

const GROWING = new Set(['timestamp', 'timestamptz', 'time', 'timetz', 'interval', 'varbit']);

const ALIASES: Readonly<Record<string, string>> = {
	'character varying': 'varchar',
	decimal: 'numeric',
	'timestamp with time zone': 'timestamptz',
	'timestamp without time zone': 'timestamp',
	'time with time zone': 'timetz',
	'time without time zone': 'time',
	int: 'integer',
};

function splitType(type: string): { readonly name: string; readonly modifiers: readonly number[] } {
	const match = /^(.*?)\s*(?:\(([\d,\s]+)\))?((?:\s+with(?:out)? time zone)?(?:\[\])*)$/.exec(
		type.trim().toLowerCase(),
	);
	const name = `${match?.[1] ?? type}${match?.[3] ?? ''}`;
	const modifiers = (match?.[2] ?? '')
		.split(',')
		.filter((part) => part.trim() !== '')
		.map(Number);
	const isBareNumeric = modifiers.length === 1 && (ALIASES[name] ?? name) === 'numeric';
	return { name: ALIASES[name] ?? name, modifiers: isBareNumeric ? [...modifiers, 0] : modifiers };
}
