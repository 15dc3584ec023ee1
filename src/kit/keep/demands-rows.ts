import type { Statement, SyntaxNode } from '../sql/parse-statements.ts';
import type { Kept, TablePlace } from './kept.ts';
import { mentionedTables } from './mentioned-tables.ts';

/** Whether a statement looks at the rows of a table to refuse them: what comes back must be there before it. */
export function demandsRows(statement: Statement, place: TablePlace): boolean {
	const { kind, node } = statement;
	if (!mentionedTables([statement]).has(place.table)) return false;
	return (
		kind === 'IndexStmt' || (kind === 'AlterTableStmt' && listCommands(node).some((each) => STRICT.has(each)))
	);
}

/** Whether a statement and the next do nothing but add columns to the same table, which may have values or not. */
export function continuesAdding(statement: Statement, next: Statement | undefined): boolean {
	if (next === undefined || ![statement, next].every(isAddingOnly)) return false;
	const [one, other] = [statement.node.relation, next.node.relation];
	return one.relname === other.relname && one.schemaname === other.schemaname;
}

function isAddingOnly({ kind, node }: Statement): boolean {
	if (kind !== 'AlterTableStmt') return false;
	return (node.cmds ?? []).every(
		({ AlterTableCmd: { subtype, def } }: SyntaxNode) =>
			subtype === 'AT_AddColumn' && (def?.ColumnDef?.constraints ?? []).every(isLenient),
	);
}

/** A new column's own NOT NULL or key looks at the values of no other. */
function isLenient({ Constraint }: SyntaxNode): boolean {
	return !['CONSTR_GENERATED', 'CONSTR_CHECK'].includes(Constraint?.contype);
}

/** Whether a statement makes a column strict. */
export function refusesNulls(
	{ kind, node }: Statement,
	{ place: { table }, column }: Pick<Kept, 'place' | 'column'>,
): boolean {
	if (column === undefined || kind !== 'AlterTableStmt' || node.relation?.relname !== table) return false;
	return (node.cmds ?? []).some(
		({ AlterTableCmd: { subtype, name, def } }: SyntaxNode) =>
			(subtype === 'AT_SetNotNull' && name === column) ||
			(subtype === 'AT_AddConstraint' && def?.Constraint?.contype === 'CONSTR_PRIMARY'),
	);
}

/** Whether a statement changes what columns a table has: rows of other making may stand in its way. */
export function altersColumns({ kind, node }: Statement, { schema, table }: TablePlace): boolean {
	if (kind !== 'AlterTableStmt' || node.relation?.relname !== table) return false;
	if ((node.relation.schemaname ?? schema) !== schema) return false;
	return listCommands(node).some((each) => !LOOSENING.has(each));
}

/** Whether a statement drops a table, or the column of it. */
export function drops({ kind, node }: Statement, { schema, table }: TablePlace, column?: string): boolean {
	if (kind === 'DropStmt')
		return (
			node.removeType === 'OBJECT_TABLE' &&
			(node.objects ?? []).some(({ List }: SyntaxNode) => {
				const names = List.items.map(({ String: { sval } }: SyntaxNode) => sval);
				return names.at(-1) === table && (names.at(-2) ?? schema) === schema;
			})
		);
	if (column === undefined || kind !== 'AlterTableStmt' || node.relation?.relname !== table) return false;
	return (node.cmds ?? []).some(
		({ AlterTableCmd: { subtype, name } }: SyntaxNode) => subtype === 'AT_DropColumn' && name === column,
	);
}

function listCommands({ cmds = [] }: SyntaxNode): readonly string[] {
	return cmds.map(({ AlterTableCmd }: SyntaxNode) => AlterTableCmd.subtype);
}

const STRICT = new Set(['AT_SetNotNull', 'AT_AddConstraint', 'AT_AddIdentity', 'AT_ValidateConstraint']);

const LOOSENING = new Set([
	'AT_DropConstraint',
	'AT_DropNotNull',
	'AT_ColumnDefault',
	'AT_DisableRowSecurity',
	'AT_NoForceRowSecurity',
]);
