import { parseProcedures, parseStatements, type Statement, type SyntaxNode } from './parse-statements.ts';
import { findNodes } from './walk-nodes.ts';

/** Something that runs when an SQL text is run. */
export interface Executed {
	/** Its parse tree under the node's name: `{ InsertStmt: … }`. */
	readonly tree: SyntaxNode;
	/** The statement of the text that it is, or is in. */
	readonly statement: Statement;
}

/**
 * The statements of an SQL text, and in place of each `DO` block those inside it, the ones that it builds as text included
 * where the text can be read.
 * @throws SqlSyntaxError
 */
export async function listExecuted(sql: string): Promise<readonly Executed[]> {
	const executed: Executed[] = [];
	for (const statement of await parseStatements(sql)) {
		const trees =
			statement.kind === 'DoStmt' ? await parseBlock(statement.text) : [{ [statement.kind]: statement.node }];
		executed.push(...trees.map((tree) => ({ tree, statement })));
	}
	return executed;
}

/** The statements inside a PL/pgSQL block or function. */
export async function parseBlock(text: string): Promise<readonly SyntaxNode[]> {
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
	const kind = KINDS[word ?? ''];
	return kind ? [{ [kind]: { is_from: true } }] : [];
}

const KINDS: Readonly<Record<string, string>> = {
	insert: 'InsertStmt',
	update: 'UpdateStmt',
	delete: 'DeleteStmt',
	merge: 'MergeStmt',
	truncate: 'TruncateStmt',
	copy: 'CopyStmt',
};

async function tryParse(sql: string): Promise<readonly Statement[] | undefined> {
	return parseStatements(sql).catch(() => undefined);
}

function asTree({ kind, node }: Statement): SyntaxNode {
	return { [kind]: node };
}
