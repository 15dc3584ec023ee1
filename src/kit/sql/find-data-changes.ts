import { parseProcedures, parseStatements, type Statement, type SyntaxNode } from './parse-statements.ts';
import { findNodes } from './walk-nodes.ts';

/** Something that changes rows. */
export interface DataChange {
	readonly verb: 'INSERT' | 'UPDATE' | 'DELETE' | 'MERGE' | 'TRUNCATE' | 'COPY';
	/** As written; absent when it is only known at run time. */
	readonly table?: string;
	/** The statement of the file that it is in. */
	readonly statement: Statement;
}

/**
 * The parts of an SQL text that change rows when it runs: statements, writing CTEs, and what `DO` blocks do. Bodies of
 * functions that the text only defines do not count, nor do temporary tables that it makes itself.
 * @throws SqlSyntaxError
 */
export async function findDataChanges(sql: string): Promise<readonly DataChange[]> {
	const statements = await parseStatements(sql);
	const temporary = findTemporaryTables(statements);
	const found: DataChange[] = [];
	for (const statement of statements) {
		const trees = statement.kind === 'DoStmt' ? await parseBlock(statement) : [asTree(statement)];
		for (const tree of trees) found.push(...findInTree(tree, statement));
	}
	return found.filter(({ table }) => table === undefined || !temporary.has(table));
}

function asTree({ kind, node }: Statement): SyntaxNode {
	return { [kind]: node };
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
const DEFINITIONS = new Set(['CreateFunctionStmt', 'RuleStmt', 'PrepareStmt', 'ViewStmt', 'CreateTrigStmt']);

function findInTree(tree: SyntaxNode, statement: Statement): readonly DataChange[] {
	return Object.entries(VERBS).flatMap(([kind, verb]) =>
		findNodes(tree, kind, (name) => DEFINITIONS.has(name))
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

function findTemporaryTables(statements: readonly Statement[]): ReadonlySet<string> {
	const relations = statements.flatMap(({ kind, node }) => {
		if (kind === 'CreateStmt') return [node.relation];
		return findNodes({ [kind]: node }, (name) => name === 'into' || name === 'intoClause').map(
			({ rel }) => rel,
		);
	});
	return new Set(relations.filter((relation) => relation?.relpersistence === 't').map(nameRelation));
}

/** The statements inside a PL/pgSQL block, those that it builds as text included where the text can be read. */
async function parseBlock({ text }: Statement): Promise<readonly SyntaxNode[]> {
	const blocks = await parseProcedures(text);
	// A block that this parser does not understand is judged by its words: rather too much than too little.
	if (blocks.length === 0) return parseDynamic(text);
	const trees: SyntaxNode[] = [];
	for (const { query } of findNodes(blocks, 'PLpgSQL_expr')) {
		const statements = await parseExpression(String(query));
		trees.push(...statements.map(asTree));
		const texts = CALL.test(String(query)) ? [] : statements.flatMap(({ node }) => findTexts(node));
		for (const sql of texts.filter((item) => CHANGES_ROWS.test(item)))
			trees.push(...(await parseDynamic(sql)));
	}
	return trees;
}

/** How PL/pgSQL keeps `PERFORM f(…)`: its texts are arguments, not SQL to be executed. */
const CALL = /^\s*SELECT\b/i;

/** A statement, an expression, or an assignment. */
async function parseExpression(query: string): Promise<readonly Statement[]> {
	return (
		(await tryParse(query)) ??
		(await tryParse(`SELECT ${query}`)) ??
		(await tryParse(`SELECT ${query.replace(/^[^=]*?:?=/, '')}`)) ??
		[]
	);
}

function findTexts(node: SyntaxNode): readonly string[] {
	return [...findNodes(node, 'sval'), ...findNodes(node, 'String')].map(({ sval }) => String(sval));
}

const CHANGES_ROWS = /^\s*(?:with\b|insert\s+into|update\b|delete\s+from|merge\s+into|truncate\b|copy\b)/i;

/** `format('UPDATE %I SET …')` is no SQL yet: its first word is what is known. */
async function parseDynamic(text: string): Promise<readonly SyntaxNode[]> {
	const statements = await tryParse(text.replace(/%[IsL]/g, 'x'));
	if (statements) return statements.map(asTree);
	const word = /\b(insert|update|delete|merge|truncate|copy)\b/i.exec(text)?.[1]?.toLowerCase();
	const kind = Object.entries(VERBS).find(([, verb]) => verb.toLowerCase() === word)?.[0];
	return kind ? [{ [kind]: { is_from: true } }] : [];
}

async function tryParse(sql: string): Promise<readonly Statement[] | undefined> {
	return parseStatements(sql).catch(() => undefined);
}
