import type { Statement } from '../sql/parse-statements.ts';
import type { TablePlace } from './kept.ts';

/** Kinds of statements that write rows, themselves or in what they call. */
const writing: ReadonlySet<string> = new Set([
	'InsertStmt',
	'UpdateStmt',
	'DeleteStmt',
	'MergeStmt',
	'CopyStmt',
	'TruncateStmt',
	'SelectStmt',
	'DoStmt',
	'CallStmt',
	'ExecuteStmt',
]);

/** Says whether a statement may write rows of a table: it names it, and is no definition. */
export function mayWriteRows({ kind, text }: Statement, { table }: TablePlace): boolean {
	return writing.has(kind) && text.includes(table);
}
