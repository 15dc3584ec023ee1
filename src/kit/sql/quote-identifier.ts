/**
 * A name as an SQL identifier, quoted only where PostgreSQL needs it. Stays on one line and never holds drizzle's
 * breakpoint: such characters are written as `U&"…"` escapes.
 */
export function quoteIdentifier(name: string): string {
	if (/^[a-z_][a-z0-9_]*$/.test(name) && !RESERVED.has(name)) return name;
	if (!NEEDS_ESCAPES.test(name)) return `"${name.replaceAll('"', '""')}"`;
	const escaped = name.replace(/["\\\p{Cc}\u2028\u2029]|>/gu, escapeCharacter);
	return `U&"${escaped}"`;
}

/** `schema.name`, each part quoted where needed; `public` is left out. */
export function quoteQualified(schema: string, ...names: readonly string[]): string {
	const parts = schema === 'public' ? names : [schema, ...names];
	return parts.map(quoteIdentifier).join('.');
}

/** Text as an SQL string literal that reads the same whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
	const quoted = `'${text.replaceAll("'", "''")}'`;
	return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

const NEEDS_ESCAPES = /[\p{Cc}\u2028\u2029]|-->/u;

function escapeCharacter(character: string): string {
	if (character === '"') return '""';
	if (character === '\\') return '\\\\';
	return `\\${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** The words that cannot name a table or a column without quotes: "reserved" in PostgreSQL's appendix C. */
const RESERVED: ReadonlySet<string> = new Set(
	`all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
	column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
	current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
	from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
	localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
	returning right select session_user similar some symmetric system_user table tablesample then to trailing true
	union unique user using variadic verbose when where window with`.split(/\s+/),
);
