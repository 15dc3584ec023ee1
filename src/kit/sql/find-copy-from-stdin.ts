import { parseStatements, SqlSyntaxError } from './parse-statements.ts';

/** What is said of it: a migration is text, and no client stands behind it that sends rows. */
export const COPY_FROM_STDIN =
	'COPY … FROM STDIN takes its rows from the client, and a migration has none: write them as INSERT … VALUES (pg_dump --inserts does), or load them apart from the migrations';

/** Where the first `COPY … FROM STDIN` stands, as a JavaScript string offset; also where psql's rows follow it, which are no SQL. */
export async function findCopyFromStdin(sql: string): Promise<number | undefined> {
	if (!LOOKS_LIKE_COPY.test(sql)) return undefined;
	try {
		const statements = await parseStatements(sql);
		return statements.find(({ kind, node }) => kind === 'CopyStmt' && node.is_from && !node.filename)?.start;
	} catch (error) {
		if (!(error instanceof SqlSyntaxError)) throw error;
		const found = AT_LINE_START.exec(sql);
		return found === null ? undefined : found.index + found[0].search(/\S/);
	}
}

const LOOKS_LIKE_COPY = /\bcopy\b[^;]*\bfrom\s+stdin\b/i;
const AT_LINE_START = /^[ \t]*copy\b[^;]*\bfrom\s+stdin\b/im;
