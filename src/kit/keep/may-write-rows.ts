import type { Statement, SyntaxNode } from '../sql/parse-statements.ts';
import type { Kept } from './kept.ts';

/** Kinds of statements that put values into rows, themselves or in what they call. One that deletes rows may have to find the kept values there. */
const writing: ReadonlySet<string> = new Set([
	'InsertStmt',
	'UpdateStmt',
	'MergeStmt',
	'CopyStmt',
	'SelectStmt',
	'DoStmt',
	'CallStmt',
	'ExecuteStmt',
]);

/** Says whether a statement may put other values where kept ones belong: it names their table, and is no definition. */
export function mayWriteRows({ kind, node, text }: Statement, { place, column }: Kept): boolean {
	if (!writing.has(kind) || !text.includes(place.table)) return false;
	return kind !== 'UpdateStmt' || column === undefined || assignedColumns(node).includes(column);
}

function assignedColumns({ targetList = [] }: SyntaxNode): readonly string[] {
	return (targetList as readonly SyntaxNode[]).map(({ ResTarget }) => String(ResTarget?.name));
}
