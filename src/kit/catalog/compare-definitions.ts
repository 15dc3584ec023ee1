import { parseStatements, type SyntaxNode } from '../sql/parse-statements.ts';

/**
 * Whether two texts that servers of different versions print for a view, index or constraint mean the same. Up to 15,
 * PostgreSQL names the table before each column of a view's outermost query; from 16 on only where it must.
 */
export async function isSameDefinition(one: string, other: string): Promise<boolean> {
	const [left, right] = await Promise.all([normalise(one), normalise(other)]);
	return left !== undefined && left === right;
}

async function normalise(definition: string): Promise<string | undefined> {
	const [statement, ...more] = await parseStatements(definition).catch(() => []);
	if (!statement || more.length > 0) return undefined;
	const tree = structuredClone(statement.node);
	unqualify(statement.kind === 'SelectStmt' ? tree : tree.query?.SelectStmt);
	return JSON.stringify({ [statement.kind]: tree }, (name, value) =>
		LOCATIONS.has(name) ? undefined : value,
	);
}

const LOCATIONS = new Set([
	'location',
	'stmt_location',
	'stmt_len',
	'list_start',
	'list_end',
	'rexpr_list_start',
	'rexpr_list_end',
]);

/** Takes the only table's name off the columns of the outermost query; those of sub-queries always keep it. */
function unqualify(query: SyntaxNode | undefined): void {
	if (query?.fromClause?.length !== 1) return;
	const [source] = query.fromClause;
	const name =
		source.RangeVar?.alias?.aliasname ?? source.RangeVar?.relname ?? source.RangeSubselect?.alias?.aliasname;
	if (name !== undefined) unqualifyIn(query, name);
}

function unqualifyIn(node: unknown, name: string): void {
	if (typeof node !== 'object' || node === null) return;
	for (const [key, value] of Object.entries(node)) {
		if (key === 'ColumnRef') {
			const fields = (value as SyntaxNode).fields;
			if (fields.length === 2 && fields[0].String?.sval === name) fields.shift();
		} else if (key !== 'SelectStmt') unqualifyIn(value, name);
	}
}
