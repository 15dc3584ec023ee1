import { breakpoint } from './end-statements-at-breakpoints.ts';
import type { Statement, SyntaxNode } from './parse-statements.ts';

/** An object that a statement drops, or a column whose type it changes, under the name that stands in the SQL. */
export interface DroppedObject {
	/** `relation` is a table, a view or a sequence. */
	readonly kind: 'relation' | 'type' | 'column' | 'column type' | 'constraint';
	/** Quoted, with its schema where the SQL says it; of the table where it is a column or a constraint. */
	readonly name: string;
	/** The column or the constraint, unquoted. */
	readonly part?: string;
}

/** What a statement drops without CASCADE and PostgreSQL would not drop while something else needs it. */
export function listDropped({ kind, node }: Statement): readonly DroppedObject[] {
	if (kind === 'AlterTableStmt') return listParts(node);
	if (kind !== 'DropStmt' || node.behavior === 'DROP_CASCADE') return [];
	const dropped = KINDS[node.removeType as string];
	return dropped === undefined
		? []
		: (node.objects ?? []).map((object: SyntaxNode) => ({ kind: dropped, name: writeName(object) }));
}

/**
 * The same for SQL of which it is plain without the parser, whose loading costs more than a small rollback: one statement between two of
 * drizzle's breakpoints, that drops one thing by its quoted name, or has no word in it with which anything could be dropped.
 * @returns undefined where the parser has to look
 */
export function listPlainlyDropped(sql: string): readonly DroppedObject[] | undefined {
	const dropped: DroppedObject[] = [];
	for (const statement of sql.split(breakpoint)) {
		const [, table] = TABLE.exec(statement) ?? [];
		const [, owner, kind, part] = PART.exec(statement) ?? [];
		if (table !== undefined) dropped.push({ kind: 'relation', name: table });
		else if (owner !== undefined && part !== undefined)
			dropped.push({ kind: kind === 'COLUMN' ? 'column' : 'constraint', name: owner, part });
		else if (!DROPS_NOTHING.test(statement)) return undefined;
	}
	return dropped;
}

const TABLE = /^\s*DROP TABLE ((?:"[^"]+"\.)?"[^"]+");?\s*$/;
const PART = /^\s*ALTER TABLE ((?:"[^"]+"\.)?"[^"]+") DROP (COLUMN|CONSTRAINT) "([^"]+)";?\s*$/;
const DROPS_NOTHING = /^(?!.*\b(?:drop|type|do|call)\b)[^;]*;?\s*$/is;

const KINDS: Readonly<Record<string, 'relation' | 'type'>> = {
	OBJECT_TABLE: 'relation',
	OBJECT_VIEW: 'relation',
	OBJECT_MATVIEW: 'relation',
	OBJECT_FOREIGN_TABLE: 'relation',
	OBJECT_SEQUENCE: 'relation',
	OBJECT_TYPE: 'type',
	OBJECT_DOMAIN: 'type',
};

function writeName(object: SyntaxNode): string {
	const items: readonly SyntaxNode[] = object.List?.items ?? object.TypeName?.names ?? [];
	return items.map((item) => quote(String(item.String?.sval ?? ''))).join('.');
}

const PARTS: Readonly<Record<string, 'column' | 'column type' | 'constraint'>> = {
	AT_DropColumn: 'column',
	AT_AlterColumnType: 'column type',
	AT_DropConstraint: 'constraint',
};

function listParts({ relation, cmds = [] }: SyntaxNode): readonly DroppedObject[] {
	const name = [relation?.schemaname, relation?.relname]
		.filter((part) => part !== undefined)
		.map((part) => quote(String(part)))
		.join('.');
	return cmds.flatMap(({ AlterTableCmd: command = {} }: SyntaxNode) => {
		const kind = PARTS[command.subtype as string];
		if (kind === undefined || command.behavior === 'DROP_CASCADE') return [];
		return [{ kind, name, part: String(command.name) }];
	});
}

/** As `to_regclass` reads it. */
function quote(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}
