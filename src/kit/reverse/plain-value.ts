/** The plainest value of a type, as SQL: zero, an empty text, an empty array; undefined for types that have none. */
export function plainValue(type: string): string | undefined {
	const plain = ZEROS[type.replace(/\(.*\)/, '')] ?? (type.endsWith('[]') ? "'{}'" : undefined);
	return plain === undefined ? undefined : `${plain}::${type}`;
}

const ZEROS: Readonly<Record<string, string>> = {
	text: "''",
	'character varying': "''",
	character: "''",
	smallint: '0',
	integer: '0',
	bigint: '0',
	numeric: '0',
	real: '0',
	'double precision': '0',
	boolean: 'false',
	date: "'1970-01-01'",
	'timestamp without time zone': "'1970-01-01 00:00:00'",
	'timestamp with time zone': "'1970-01-01 00:00:00+00'",
	'time without time zone': "'00:00'",
	interval: "'0'",
	uuid: "'00000000-0000-0000-0000-000000000000'",
	json: "'{}'",
	jsonb: "'{}'",
	bytea: "''",
};
