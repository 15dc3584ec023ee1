import type { Statement, SyntaxNode } from '../sql/parse-statements.ts';
import { findNodes } from '../sql/walk-nodes.ts';
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
export function mayWriteRows(statement: Statement, { place, column }: Kept): boolean {
	const { kind, node } = statement;
	if (!writing.has(kind) || !namesTable(statement, place.table)) return false;
	if (kind === 'SelectStmt') return !isOnlyReading(node);
	return kind !== 'UpdateStmt' || column === undefined || assignedColumns(node).includes(column);
}

/** Whether a table's name stands anywhere in a statement, in whatever case and quotes. */
export function namesTable({ text }: Pick<Statement, 'text'>, table: string): boolean {
	const name = table.toLowerCase();
	const lower = text.toLowerCase();
	return lower.includes(name) || lower.includes(name.replaceAll('"', '""'));
}

function assignedColumns({ targetList = [] }: SyntaxNode): readonly string[] {
	return (targetList as readonly SyntaxNode[]).map(({ ResTarget }) => String(ResTarget?.name));
}

/** A query that writes nothing but a sequence's position: down files end with one that sets it to the rows' highest number. */
export function isOnlyReading(query: SyntaxNode): boolean {
	const calls = findNodes(query, 'FuncCall').map(({ funcname = [] }) =>
		String(funcname.at(-1)?.String?.sval),
	);
	const isWithout = ['InsertStmt', 'UpdateStmt', 'MergeStmt'].every(
		(kind) => findNodes(query, kind).length === 0,
	);
	return isWithout && calls.every((name) => harmless.has(name));
}

const harmless: ReadonlySet<string> = new Set([
	'setval',
	'nextval',
	'pg_get_serial_sequence',
	'max',
	'min',
	'count',
]);
