import { listExecuted } from './list-executed.ts';
import type { SyntaxNode } from './parse-statements.ts';
import { findNodes } from './walk-nodes.ts';

export interface RecastColumn {
	readonly schema: string;
	readonly table: string;
	readonly column: string;
}

/**
 * The columns to which an SQL text gives other values with `ALTER COLUMN … TYPE … USING`: everything but a cast of the column's
 * own value. Names are those at that statement.
 * @throws SqlSyntaxError
 */
export async function findRecastColumns(sql: string): Promise<readonly RecastColumn[]> {
	const executed = await listExecuted(sql);
	return executed.flatMap(({ tree }) =>
		findNodes(tree, 'AlterTableStmt').flatMap(({ relation, cmds = [] }) =>
			(cmds as readonly SyntaxNode[])
				.map((item) => item.AlterTableCmd as SyntaxNode | undefined)
				.filter((command) => command?.subtype === 'AT_AlterColumnType')
				.filter((command) => !isOwnValue(command?.def?.ColumnDef?.raw_default, String(command?.name)))
				.map((command) => ({
					schema: relation?.schemaname ?? 'public',
					table: String(relation?.relname),
					column: String(command?.name),
				})),
		),
	);
}

function isOwnValue(expression: SyntaxNode | undefined, column: string): boolean {
	if (expression === undefined) return true;
	if (expression.TypeCast) return isOwnValue(expression.TypeCast.arg, column);
	if (expression.CollateClause) return isOwnValue(expression.CollateClause.arg, column);
	const fields: readonly SyntaxNode[] | undefined = expression.ColumnRef?.fields;
	return fields?.at(-1)?.String?.sval === column;
}
