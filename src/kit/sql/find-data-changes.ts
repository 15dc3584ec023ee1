import { findRoutineBodies, type Routines } from './find-routine-bodies.ts';
import { type Executed, listExecuted } from './list-executed.ts';
import type { Statement, SyntaxNode } from './parse-statements.ts';
import { findNodes } from './walk-nodes.ts';

/** Something that changes rows. */
export interface DataChange {
	readonly verb: 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE' | 'TRUNCATE' | 'COPY';
	/** As written; absent when it is only known at run time. */
	readonly table?: string;
	/** The statement of the file that it is in. */
	readonly statement: Statement;
}

export interface FindDataChangesOptions {
	/** The routines that may be called, besides those that the text itself defines. */
	readonly routines?: Routines;
}

/**
 * The parts of an SQL text that change rows when it runs: statements, writing CTEs, what `DO` blocks do, and the bodies of
 * known routines that it calls. Bodies of functions that the text only defines do not count, nor do temporary tables that
 * it makes itself.
 * @throws SqlSyntaxError
 */
export async function findDataChanges(
	sql: string,
	{ routines = new Map() }: FindDataChangesOptions = {},
): Promise<readonly DataChange[]> {
	const executed = await listExecuted(sql);
	const temporary = findTemporaryTables(executed);
	const isExecuting = executed.some(({ tree }) => tree.ExecuteStmt !== undefined);
	const called = await findRoutineBodies(executed, routines);
	return [...executed, ...called]
		.flatMap(({ tree, statement }) => findInTree(tree, statement, isExecuting))
		.filter(({ table }) => table === undefined || !temporary.has(table));
}

const VERBS: Readonly<Record<string, DataChange['verb']>> = {
	InsertStmt: 'INSERT',
	UpdateStmt: 'UPDATE',
	DeleteStmt: 'DELETE',
	MergeStmt: 'MERGE',
	TruncateStmt: 'TRUNCATE',
	CopyStmt: 'COPY',
};

/** What a definition holds runs later, if ever. */
const DEFINITIONS = new Set(['CreateFunctionStmt', 'RuleStmt', 'ViewStmt', 'CreateTrigStmt']);

function findInTree(tree: SyntaxNode, statement: Statement, isExecuting: boolean): readonly DataChange[] {
	const isDefinition = (name: string) => DEFINITIONS.has(name) || (name === 'PrepareStmt' && !isExecuting);
	return Object.entries(VERBS).flatMap(([kind, verb]) =>
		findNodes(tree, kind, isDefinition)
			.filter((node) => verb !== 'COPY' || node.is_from)
			.flatMap((node) => targetsOf(node).map((table) => ({ verb, ...(table ? { table } : {}), statement }))),
	);
}

function targetsOf(node: SyntaxNode): readonly (string | undefined)[] {
	const relations: readonly SyntaxNode[] = node.relations?.map((item: SyntaxNode) => item.RangeVar) ?? [
		node.relation,
	];
	return relations.map((relation) => relation && nameRelation(relation));
}

function nameRelation({ schemaname, relname }: SyntaxNode): string {
	return schemaname && schemaname !== 'public' && schemaname !== 'pg_temp'
		? `${schemaname}.${relname}`
		: relname;
}

function findTemporaryTables(executed: readonly Executed[]): ReadonlySet<string> {
	const relations = executed.flatMap(({ tree }) => [
		...(tree.CreateStmt === undefined ? [] : [tree.CreateStmt.relation]),
		...findNodes(tree, (name) => name === 'into' || name === 'intoClause').map(({ rel }) => rel),
	]);
	return new Set(relations.filter((relation) => relation?.relpersistence === 't').map(nameRelation));
}
