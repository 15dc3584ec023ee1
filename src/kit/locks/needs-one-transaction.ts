import type { Statement } from '../sql/parse-statements.ts';
import { hasNode } from '../sql/walk-nodes.ts';

/**
 * Whether statements lean on being in one transaction: what they set, create or declare ends with it. Others do the same
 * when each is committed by itself, and then the locks of each can be told apart.
 */
export function needsOneTransaction(statements: readonly Statement[]): boolean {
	return statements.some(
		({ kind, node }) =>
			KINDS.has(kind) ||
			(kind === 'VariableSetStmt' && node.is_local) ||
			(kind === 'CreateStmt' && isDroppedOnCommit(node.oncommit)) ||
			(kind === 'CreateTableAsStmt' && isDroppedOnCommit(node.into?.onCommit)) ||
			hasNode(node, 'FuncCall', setsLocally),
	);
}

const KINDS = new Set(['ConstraintsSetStmt', 'DeclareCursorStmt', 'LockStmt']);

function isDroppedOnCommit(action: string | undefined): boolean {
	return action !== undefined && action !== 'ONCOMMIT_NOOP';
}

/** `set_config(name, value, true)`, and locks that end with the transaction. */
function setsLocally(call: Record<string, unknown>): boolean {
	const names = call.funcname as { String?: { sval?: string } }[] | undefined;
	const name = names?.at(-1)?.String?.sval ?? '';
	return name === 'set_config' || name.startsWith('pg_advisory_xact_lock');
}
