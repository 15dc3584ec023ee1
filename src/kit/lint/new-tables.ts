import type { Statement, SyntaxNode } from '../sql/parse-statements.ts';
import { nameRelation } from './name-relation.ts';

/** Names of tables that a migration has made itself: nobody uses them yet. */
export type NewTables = ReadonlySet<string>;

/** The tables that each statement finds made by those before it; renames are followed. */
export function followNewTables(statements: readonly Statement[]): readonly NewTables[] {
	let current: ReadonlySet<string> = new Set();
	return statements.map((statement) => {
		const found = current;
		current = applyStatement(current, statement);
		return found;
	});
}

function applyStatement(tables: NewTables, { kind, node }: Statement): NewTables {
	const made = nameMade(kind, node);
	if (made !== undefined) return new Set([...tables, made]);
	const moved = nameMoved(kind, node);
	if (moved === undefined || !tables.has(moved.from)) return tables;
	return new Set([...[...tables].filter((name) => name !== moved.from), moved.to]);
}

function nameMade(kind: string, node: SyntaxNode): string | undefined {
	if (kind === 'CreateStmt' && node.if_not_exists) return undefined;
	if (kind === 'CreateStmt') return nameRelation(node.relation);
	if (kind === 'CreateTableAsStmt') return nameRelation(node.into?.rel);
	return kind === 'SelectStmt' && node.intoClause ? nameRelation(node.intoClause.rel) : undefined;
}

function nameMoved(
	kind: string,
	node: SyntaxNode,
): { readonly from: string; readonly to: string } | undefined {
	if (!node.relation?.relname) return undefined;
	const from = nameRelation(node.relation);
	const schema = node.relation.schemaname ?? 'public';
	if (kind === 'RenameStmt' && TABLES.has(node.renameType)) return { from, to: `${schema}.${node.newname}` };
	if (kind === 'AlterObjectSchemaStmt') return { from, to: `${node.newschema}.${node.relation.relname}` };
	return undefined;
}

const TABLES = new Set(['OBJECT_TABLE', 'OBJECT_MATVIEW']);
