import type { Statement, SyntaxNode } from '../sql/parse-statements.ts';
import { readName } from './find-lost.ts';
import type { KeepTask } from './keep-task.ts';

/**
 * The tables that can wait to be set aside until right before the statement that drops them, with that statement's number: nothing
 * before it touches their rows. By then their constraints and dependents are gone, so that they may be moved.
 */
export function listLateTables(
	statements: readonly Statement[],
	tasks: readonly KeepTask[],
): ReadonlyMap<KeepTask, number> {
	const late = new Map<KeepTask, number>();
	for (const task of tasks) {
		if (task.kind !== 'table') continue;
		const number = statements.findIndex((statement) => drops(statement, task.table.table));
		if (number >= 0 && statements.slice(0, number).every((statement) => isCalm(statement, task.table.table)))
			late.set(task, number);
	}
	return late;
}

function drops({ kind, node }: Statement, table: string): boolean {
	if (kind !== 'DropStmt' || node.removeType !== 'OBJECT_TABLE') return false;
	return (node.objects ?? []).some((object: SyntaxNode) => readName(object).at(-1) === table);
}

/** A statement that leaves the rows of the table alone, and the table where it is. */
function isCalm({ kind, node }: Statement, table: string): boolean {
	if (kind === 'DropStmt')
		return node.behavior !== 'DROP_CASCADE' || HARMLESS_DROPS.has(node.removeType) || isTableDrop(node);
	if (kind === 'AlterTableStmt')
		return (
			node.relation?.relname !== table ||
			node.cmds.every(({ AlterTableCmd }: SyntaxNode) => HARMLESS_COMMANDS.has(AlterTableCmd.subtype))
		);
	if (kind === 'RenameStmt' || kind === 'AlterObjectSchemaStmt')
		return node.relation !== undefined && node.relation.relname !== table && node.newname !== table;
	return HARMLESS_KINDS.has(kind);
}

/** Of another table: CASCADE takes constraints and views with it, no rows. */
function isTableDrop({ removeType }: SyntaxNode): boolean {
	return removeType === 'OBJECT_TABLE';
}

const HARMLESS_DROPS = new Set([
	'OBJECT_POLICY',
	'OBJECT_TRIGGER',
	'OBJECT_INDEX',
	'OBJECT_VIEW',
	'OBJECT_MATVIEW',
	'OBJECT_RULE',
	'OBJECT_FUNCTION',
]);

const HARMLESS_COMMANDS = new Set([
	'AT_DropConstraint',
	'AT_DisableRowSecurity',
	'AT_EnableRowSecurity',
	'AT_NoForceRowSecurity',
	'AT_DisableTrig',
	'AT_DisableTrigUser',
	'AT_DisableTrigAll',
	'AT_ColumnDefault',
	'AT_DropNotNull',
]);

const HARMLESS_KINDS = new Set([
	'CreateStmt',
	'CreateEnumStmt',
	'AlterEnumStmt',
	'CreateSchemaStmt',
	'CreateSeqStmt',
	'IndexStmt',
	'ViewStmt',
	'CommentStmt',
	'CreatePolicyStmt',
	'GrantStmt',
]);
