import { parseStatements, SqlSyntaxError, type SyntaxNode } from '../sql/parse-statements.ts';
import { findNodes } from '../sql/walk-nodes.ts';

/**
 * The SQL of a schema made from nothing, with every view after those that it is made of: drizzle-kit takes them as the schema
 * files export them, most often by the names of variables.
 */
export async function orderViews(statements: readonly string[]): Promise<readonly string[]> {
	const views = statements.filter((statement) => /^CREATE (?:MATERIALIZED )?VIEW /.test(statement));
	if (views.length < 2) return statements;
	const described = await Promise.all(views.map(describe));
	const left = described.filter((view) => view !== undefined);
	// What cannot be read fails when it runs, and is explained there.
	if (left.length < views.length) return statements;
	const sorted: string[] = [];
	while (left.length > 0) {
		const isFree = (view: CreatedView) => !left.some(({ name }) => name !== view.name && view.from.has(name));
		const [next] = left.splice(Math.max(left.findIndex(isFree), 0), 1);
		if (next !== undefined) sorted.push(next.statement);
	}
	return statements.map((statement) =>
		views.includes(statement) ? (sorted.shift() ?? statement) : statement,
	);
}

interface CreatedView {
	readonly statement: string;
	readonly name: string;
	/** Every relation that it names. */
	readonly from: ReadonlySet<string>;
}

async function describe(statement: string): Promise<CreatedView | undefined> {
	try {
		const [parsed] = await parseStatements(statement);
		const name = parsed?.node.view ?? parsed?.node.into?.rel;
		const from = findNodes(parsed?.node.query, 'RangeVar').map(nameRelation);
		return { statement, name: nameRelation(name ?? {}), from: new Set(from) };
	} catch (error) {
		if (error instanceof SqlSyntaxError) return undefined;
		throw error;
	}
}

/** drizzle-kit writes what is in `public` with and without its schema. */
function nameRelation({ schemaname, relname }: SyntaxNode): string {
	return JSON.stringify([schemaname ?? 'public', relname]);
}
