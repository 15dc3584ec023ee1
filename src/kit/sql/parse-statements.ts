import { endStatementsAtBreakpoints } from './end-statements-at-breakpoints.ts';

/** One statement of an SQL text. Offsets are JavaScript string offsets into that text. */
export interface Statement {
	/** Without the closing semicolon and without comments before it. */
	readonly text: string;
	readonly start: number;
	readonly end: number;
	/** The node's name in PostgreSQL's parse tree: `CreateStmt`, `AlterTableStmt`, `DoStmt`. */
	readonly kind: string;
	readonly node: SyntaxNode;
}

/** A node of PostgreSQL's parse tree, as its JSON form has it. */
// biome-ignore lint/suspicious/noExplicitAny: the tree has hundreds of node types; readers name the fields they use
export type SyntaxNode = Record<string, any>;

/** SQL that PostgreSQL's grammar does not accept. `offset` is a JavaScript string offset. */
export class SqlSyntaxError extends Error {
	readonly offset: number;

	constructor(message: string, offset: number, cause: unknown) {
		super(message, { cause });
		this.name = 'SqlSyntaxError';
		this.offset = offset;
	}
}

/** Begins to load the parser, for whoever has to wait for something else first. */
export function loadParser(): void {
	parseStatements('SELECT').catch(() => undefined);
}

/**
 * The statements of an SQL text, in order, by PostgreSQL's own parser. Empty for blanks and comments alone.
 * drizzle's breakpoints end statements, with or without a semicolon before them.
 * @throws SqlSyntaxError
 */
export async function parseStatements(text: string): Promise<readonly Statement[]> {
	const sql = endStatementsAtBreakpoints(text);
	// The parser refuses an empty text, and ends at a NUL as C does.
	if (sql.trim() === '') return [];
	const { parse } = await import('libpg-query');
	const toOffset = countCharacters(sql);
	const { stmts = [] } = await parse(sql).catch((error: unknown) => {
		throw toSyntaxError(error, sql);
	});
	return stmts.flatMap((raw) => {
		const [kind, node] = Object.entries(raw.stmt ?? {})[0] ?? [];
		if (kind === undefined) return [];
		const from = toOffset(raw.stmt_location ?? 0);
		const to = raw.stmt_len ? toOffset((raw.stmt_location ?? 0) + raw.stmt_len) : sql.length;
		return [trimStatement(sql, from, to, kind, node as SyntaxNode)];
	});
}

/** The parse trees of PL/pgSQL functions and `DO` blocks in an SQL text; empty when it holds none or they do not parse. */
export async function parseProcedures(sql: string): Promise<readonly SyntaxNode[]> {
	const { parsePlPgSQL } = await import('libpg-query');
	const parsed = await parsePlPgSQL(sql).catch(() => undefined);
	return parsed === undefined ? [] : [parsed as unknown as SyntaxNode];
}

function trimStatement(sql: string, from: number, to: number, kind: string, node: SyntaxNode): Statement {
	const start = skipBlanks(sql, from, to);
	const text = sql.slice(start, to).trimEnd();
	return { text, start, end: start + text.length, kind, node };
}

/** Past blanks, semicolons and comments; block comments nest in PostgreSQL. */
function skipBlanks(sql: string, from: number, to: number): number {
	let place = from;
	while (place < to) {
		if (sql.startsWith('--', place)) place = endOfLine(sql, place);
		else if (sql.startsWith('/*', place)) place = endOfComment(sql, place);
		else if (/[\s;]/.test(sql[place] ?? '')) place++;
		else break;
	}
	return Math.min(place, to);
}

function endOfLine(sql: string, place: number): number {
	const end = sql.indexOf('\n', place);
	return end === -1 ? sql.length : end + 1;
}

function endOfComment(sql: string, place: number): number {
	let depth = 0;
	for (const { 0: mark, index } of sql.slice(place).matchAll(/\/\*|\*\//g)) {
		depth += mark === '/*' ? 1 : -1;
		if (depth === 0) return place + index + 2;
	}
	return sql.length;
}

/** Unlike the offsets of statements, that of an error counts characters, as PostgreSQL does: a pair of surrogates is one. */
function toSyntaxError(error: unknown, sql: string): unknown {
	if (!(error instanceof Error)) return error;
	const details = (error as { sqlDetails?: { cursorPosition?: number } }).sqlDetails;
	const offset = [...sql].slice(0, Math.max(details?.cursorPosition ?? 0, 0)).join('').length;
	return new SqlSyntaxError(error.message, offset, error);
}

/** From offsets in UTF-8 bytes to offsets in the string. */
function countCharacters(sql: string): (bytes: number) => number {
	if (Buffer.byteLength(sql) === sql.length) return (bytes) => bytes;
	const bytes = Buffer.from(sql);
	return (offset) => bytes.subarray(0, offset).toString().length;
}
