import { type Executed, parseBlock } from './list-executed.ts';
import { parseStatements, type Statement, type SyntaxNode } from './parse-statements.ts';
import { findNodes } from './walk-nodes.ts';

/** Definitions (`CREATE FUNCTION …`) by the routine's name without its schema. */
export type Routines = ReadonlyMap<string, readonly string[]>;

/** What the routines run that are called, directly or by each other. */
export async function findRoutineBodies(
	executed: readonly Executed[],
	routines: Routines,
): Promise<readonly Executed[]> {
	const known = new Map(routines);
	for (const { tree, statement } of executed) {
		const name = nameRoutine(tree.CreateFunctionStmt?.funcname);
		if (name !== undefined) known.set(name, [...(known.get(name) ?? []), statement.text]);
	}
	const found: Executed[] = [];
	const seen = new Set<string>();
	const waiting = [...executed];
	for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
		for (const name of listCalls(next.tree)) {
			if (seen.has(name)) continue;
			seen.add(name);
			const bodies = (await Promise.all((known.get(name) ?? []).map(parseBody))).flat();
			const called = bodies.map((tree) => ({ tree, statement: (next as Executed).statement }));
			found.push(...called);
			waiting.push(...called);
		}
	}
	return found;
}

/** What is called while the statement runs, as far as it is no definition of something that runs later. */
function listCalls(tree: SyntaxNode): readonly string[] {
	const [kind = ''] = Object.keys(tree);
	if (!RUNNING.has(kind)) return [];
	return findNodes(tree, (name) => name === 'FuncCall' || name === 'funccall').flatMap(
		({ funcname }) => nameRoutine(funcname) ?? [],
	);
}

const RUNNING = new Set([
	'SelectStmt',
	'InsertStmt',
	'UpdateStmt',
	'DeleteStmt',
	'MergeStmt',
	'CallStmt',
	'CreateTableAsStmt',
	'ExplainStmt',
	'ExecuteStmt',
	'PrepareStmt',
]);

function nameRoutine(funcname: readonly SyntaxNode[] | undefined): string | undefined {
	return funcname?.at(-1)?.String?.sval;
}

/** A body that does not parse counts as empty: PostgreSQL says so when it is called. */
async function parseBody(definition: string): Promise<readonly SyntaxNode[]> {
	const [statement] = await parseStatements(definition).catch(() => []);
	if (statement === undefined) return [];
	const options = findNodes(statement.node, 'DefElem');
	const language = options.find(({ defname }) => defname === 'language')?.arg?.String?.sval;
	if (language === 'plpgsql') return await parseBlock(definition);
	const text = options.find(({ defname }) => defname === 'as')?.arg?.List?.items?.[0]?.String?.sval;
	if (text === undefined) return [{ body: statement.node.sql_body }].flatMap(splitBody);
	const statements = await parseStatements(String(text)).catch(() => []);
	return statements.map(({ kind, node }: Statement) => ({ [kind]: node }));
}

/** `BEGIN ATOMIC …; END`, or `RETURN …`. */
function splitBody(body: SyntaxNode): readonly SyntaxNode[] {
	return [...RUNNING].flatMap((kind) => findNodes(body, kind).map((node) => ({ [kind]: node })));
}
