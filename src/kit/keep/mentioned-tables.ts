import type { Statement, SyntaxNode } from '../sql/parse-statements.ts';
import { findNodes } from '../sql/walk-nodes.ts';
import { readName } from './find-lost.ts';
import { isOnlyReading } from './may-write-rows.ts';

/** The names, without schemas, of all relations that statements name. */
export function mentionedTables(statements: readonly Statement[]): ReadonlySet<string> {
	const names = statements.flatMap(({ kind, node }) => [
		...findNodes({ [kind]: node }, isRelation).map(({ relname }) => String(relname)),
		...(kind === 'DropStmt' ? (node.objects ?? []).map((object: SyntaxNode) => readName(object).at(-1)) : []),
		...(node.newname === undefined ? [] : [String(node.newname)]),
	]);
	return new Set(names);
}

/** The names, without schemas, of types that statements change, drop or rename; not of those that they only make. */
export function changedTypes(statements: readonly Statement[]): ReadonlySet<string> {
	const names = statements.flatMap(({ kind, node }) => {
		if (kind === 'AlterEnumStmt' || kind === 'AlterDomainStmt')
			return [readName({ List: { items: node.typeName } }).at(-1)];
		if (kind === 'RenameStmt' && ['OBJECT_TYPE', 'OBJECT_DOMAIN'].includes(node.renameType))
			return [node.newname, readName(node.object).at(-1)];
		if (kind === 'CreateDomainStmt') return [readName({ List: { items: node.domainname } }).at(-1)];
		return kind === 'CompositeTypeStmt' ? [node.typevar?.relname] : [];
	});
	return new Set(names.map(String));
}

/** The names, without schemas, of constraints and indexes that statements drop. */
export function droppedConstraints(statements: readonly Statement[]): ReadonlySet<string> {
	const names = statements.flatMap(({ kind, node }): readonly (string | undefined)[] => {
		if (kind === 'DropStmt' && node.removeType === 'OBJECT_INDEX')
			return (node.objects ?? []).map((object: SyntaxNode) => readName(object).at(-1));
		const commands: readonly SyntaxNode[] = (node.cmds ?? []).map((each: SyntaxNode) => each.AlterTableCmd);
		return commands.filter(({ subtype }) => subtype === 'AT_DropConstraint').map(({ name }) => name);
	});
	return new Set(names.map(String));
}

function isRelation(name: string): boolean {
	return ['RangeVar', 'relation', 'pktable'].includes(name);
}

/**
 * Whether statements change rows of one of these tables in a way that may mend what would break a constraint. A fill of what is still
 * empty, as down files have it, does not touch what came back.
 */
export function mendsRows(
	statements: readonly Statement[],
	tables: readonly (string | undefined)[],
): boolean {
	return statements.some(({ kind, node }) => {
		if (kind === 'DoStmt' || kind === 'CallStmt' || kind === 'CopyStmt') return true;
		if (kind === 'SelectStmt') return !isOnlyReading(node);
		if (!['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'TruncateStmt'].includes(kind)) return false;
		if (kind === 'UpdateStmt' && isFill(node)) return false;
		return [...mentionedTables([{ kind, node } as Statement])].some((name) => tables.includes(name));
	});
}

function isFill({ whereClause, targetList = [] }: SyntaxNode): boolean {
	const test = whereClause?.NullTest;
	const column = test?.arg?.ColumnRef?.fields?.at(-1)?.String?.sval;
	return (
		test?.nulltesttype === 'IS_NULL' && targetList.length === 1 && targetList[0]?.ResTarget?.name === column
	);
}
