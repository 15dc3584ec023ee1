import type { Loss } from '../journal/migration.ts';
import type { Step } from '../plan/plan.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import type { Statement, SyntaxNode } from '../sql/parse-statements.ts';
import { quoteQualified } from '../sql/quote-identifier.ts';

/** Something that a step throws away, under its name from before the step. */
export interface Lost {
	readonly kind: 'table' | 'column' | 'values' | 'sequence' | 'schema';
	/** Absent: the name stands unqualified in the SQL. */
	readonly schema?: string | undefined;
	/** For a sequence its name, for a schema nothing. */
	readonly table: string;
	readonly column?: string;
	readonly subject: string;
}

/**
 * What a step throws away: what its down file's header says was seen when it was proven, and what its SQL drops by name.
 * @throws SqlSyntaxError
 */
export async function findLost(step: Step): Promise<readonly Lost[]> {
	if (step.kind !== 'apply' && step.kind !== 'revert') return [];
	const sql = step.kind === 'apply' ? step.up.sql : step.sql;
	const losses = step.kind === 'apply' ? (step.down?.loses ?? []) : step.loses;
	const named = losses.filter(({ isLostByUp }) => isLostByUp === (step.kind === 'apply')).flatMap(fromHeader);
	return [...named, ...(MAY_DROP.test(sql) ? await findDropped(sql) : [])];
}

const MAY_DROP = /\bdrop\b/i;

function fromHeader({ kind, schema, table, column, subject }: Loss): readonly Lost[] {
	if (kind === 'other') {
		const name = POSITION.exec(subject)?.[1];
		return name === undefined ? [] : [{ kind: 'sequence', table: name, subject }];
	}
	if (table === undefined) return [];
	return [{ kind, schema, table, subject, ...(column === undefined ? {} : { column }) }];
}

/** The table of such a loss is the sequence's name as written, quotes and all. */
const POSITION = /^position of sequence (.+)$/;

/** Names change while SQL runs: what is dropped under a new name was called otherwise before. */
class Names {
	private readonly tables = new Map<string, Lost>();
	private readonly columns = new Map<string, string>();

	table({ schemaname, relname }: SyntaxNode): Lost {
		const known = this.tables.get(keyOf(schemaname, relname));
		return (
			known ?? {
				kind: 'table',
				schema: schemaname,
				table: relname,
				subject: `table ${print(schemaname, relname)}`,
			}
		);
	}

	column(relation: SyntaxNode, name: string): Lost {
		const table = this.table(relation);
		const column = this.columns.get(JSON.stringify([table.schema, table.table, name])) ?? name;
		return {
			...table,
			kind: 'column',
			column,
			subject: `column ${print(table.schema, table.table, column)}`,
		};
	}

	follow({ kind, node }: Statement): void {
		const { relation } = node;
		if (relation === undefined) return;
		if (kind === 'AlterObjectSchemaStmt')
			this.tables.set(keyOf(node.newschema, relation.relname), this.table(relation));
		if (kind !== 'RenameStmt') return;
		if (node.renameType === 'OBJECT_TABLE')
			this.tables.set(keyOf(relation.schemaname, node.newname), this.table(relation));
		if (node.renameType === 'OBJECT_COLUMN') {
			const { schema, table, column } = this.column(relation, node.subname);
			this.columns.set(JSON.stringify([schema, table, node.newname]), column ?? '');
		}
	}
}

async function findDropped(sql: string): Promise<readonly Lost[]> {
	const { parseStatements } = await import('../sql/parse-statements.ts');
	const names = new Names();
	const found: Lost[] = [];
	for (const statement of await parseStatements(endStatementsAtBreakpoints(sql))) {
		found.push(...droppedBy(statement, names));
		names.follow(statement);
	}
	return found;
}

function droppedBy({ kind, node }: Statement, names: Names): readonly Lost[] {
	if (kind === 'AlterTableStmt' && node.objtype === 'OBJECT_TABLE') {
		const commands: readonly SyntaxNode[] = (node.cmds ?? []).map((each: SyntaxNode) => each.AlterTableCmd);
		return commands
			.filter(({ subtype }) => subtype === 'AT_DropColumn')
			.map(({ name }) => names.column(node.relation, name));
	}
	if (kind !== 'DropStmt') return [];
	const objects: readonly (readonly string[])[] = (node.objects ?? []).map(readName);
	if (node.removeType === 'OBJECT_SCHEMA')
		return objects.map(([schema]) => ({ kind: 'schema', schema, table: '', subject: `schema ${schema}` }));
	if (node.removeType === 'OBJECT_TABLE') return objects.map((parts) => names.table(toRelation(parts)));
	if (node.removeType === 'OBJECT_SEQUENCE')
		return objects.map((parts) => {
			const name = print(parts.at(-2), parts.at(-1) ?? '');
			return { kind: 'sequence', table: name, subject: `position of sequence ${name}` };
		});
	return [];
}

/** The parts of a name in a DROP, unquoted. */
export function readName(object: SyntaxNode): readonly string[] {
	const items: readonly SyntaxNode[] = object.List?.items ?? [object];
	return items.map((item) => String(item.String?.sval ?? ''));
}

/** `[schema, name]` or `[name]` as a RangeVar has them. */
export function toRelation(parts: readonly string[]): SyntaxNode {
	return { schemaname: parts.at(-2), relname: parts.at(-1) };
}

function keyOf(schema: string | undefined, name: string): string {
	return JSON.stringify([schema ?? null, name]);
}

function print(schema: string | undefined, ...names: readonly string[]): string {
	return quoteQualified(schema ?? 'public', ...names);
}
