import { listExecuted } from './list-executed.ts';
import type { SyntaxNode } from './parse-statements.ts';
import { findNodes, hasNode } from './walk-nodes.ts';

/** A sequence by its own name, or by that of the identity column that it belongs to. Names are those at that statement. */
export interface RestartedSequence {
	readonly schema: string;
	/** The sequence's, or the table's. */
	readonly name: string;
	readonly column?: string;
}

/** The sequences that an SQL text makes start anew with `RESTART`. @throws SqlSyntaxError */
export async function findRestartedSequences(sql: string): Promise<readonly RestartedSequence[]> {
	if (!/\brestart\b/i.test(sql)) return [];
	const executed = await listExecuted(sql);
	return executed.flatMap(({ tree }) => [
		...findNodes(tree, 'AlterSeqStmt')
			.filter(isRestart)
			.map(({ sequence }) => nameRelation(sequence)),
		...findNodes(tree, 'AlterTableStmt').flatMap(({ relation, cmds = [] }) =>
			(cmds as readonly SyntaxNode[])
				.map(({ AlterTableCmd }) => AlterTableCmd as SyntaxNode)
				.filter((command) => command?.subtype === 'AT_SetIdentity' && isRestart(command))
				.map((command) => ({ ...nameRelation(relation), column: String(command.name) })),
		),
	]);
}

function isRestart(node: SyntaxNode): boolean {
	return hasNode(node, 'DefElem', ({ defname }) => defname === 'restart');
}

function nameRelation(relation: SyntaxNode | undefined): RestartedSequence {
	return { schema: relation?.schemaname ?? 'public', name: String(relation?.relname) };
}
