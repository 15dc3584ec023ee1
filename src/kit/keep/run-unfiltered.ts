import type { Session } from '../database/session.ts';
import type { Statement, SyntaxNode } from '../sql/parse-statements.ts';
import { mentionedTables } from './mentioned-tables.ts';
import { readTable, type TableFacts } from './read-table.ts';
import type { RefillState } from './refill-state.ts';
import { unfiltered } from './unfiltered.ts';

/**
 * Runs a statement of a step that may refuse what came back. PostgreSQL checks a new foreign key with a query, from which forced
 * row-level security hides the rows of a table from its owner: a key that they break would pass.
 */
export async function runUnfiltered(
	session: Session,
	statement: Statement,
	{ refilled }: RefillState,
): Promise<void> {
	const names = checksRows(statement) ? mentionedTables([statement]) : new Set<string>();
	const places = new Map(
		refilled
			.filter(({ kept }) => names.has(kept.place.table))
			.map(({ kept: { place } }) => [JSON.stringify([place.schema, place.table]), place]),
	);
	const filtered: TableFacts[] = [];
	for (const place of places.values()) {
		const table = await readTable(session, place);
		if (table?.isFiltered) filtered.push(table);
	}
	const run = filtered.reduce<() => Promise<unknown>>(
		(work, table) => () => unfiltered(session, table, work),
		() => session.run(statement.text),
	);
	await run();
}

function checksRows({ kind, node }: Statement): boolean {
	const commands: readonly SyntaxNode[] = kind === 'AlterTableStmt' ? (node.cmds ?? []) : [];
	return commands.some(({ AlterTableCmd: { subtype } }) => CHECKING.has(subtype));
}

const CHECKING = new Set(['AT_AddConstraint', 'AT_AddColumn', 'AT_ValidateConstraint']);
