import { parseStatements, type Statement, type SyntaxNode } from '../sql/parse-statements.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import type { Pending } from './refill-state.ts';

/** A statement whose new columns are empty at first, and what makes them strict once their values are back. */
export interface Postponed {
	/** Of the same length as the statement, so that places in it stay. */
	readonly text: string;
	readonly later: readonly string[];
}

/**
 * Takes NOT NULL and PRIMARY KEY off columns that a statement adds and that kept values wait for: a table with rows would refuse the
 * column before they are back.
 */
export async function postponeNotNull(statement: Statement, pending: readonly Pending[]): Promise<Postponed> {
	const unchanged = { text: statement.text, later: [] };
	if (statement.kind !== 'AlterTableStmt') return unchanged;
	const [alone] = await parseStatements(statement.text);
	const columns = findColumns(alone?.node, pending);
	if (columns.length === 0) return unchanged;
	const bytes = Buffer.from(statement.text);
	const relation = nameRelation(alone?.node.relation);
	const later = columns.flatMap(({ colname, constraints }) =>
		(constraints as readonly SyntaxNode[]).flatMap(({ Constraint }) =>
			blank(bytes, Constraint)
				? [`ALTER TABLE ${relation} ${LATER[Constraint.contype]?.(quoteIdentifier(colname))}`]
				: [],
		),
	);
	return { text: bytes.toString(), later };
}

const LATER: Readonly<Record<string, (column: string) => string>> = {
	CONSTR_NOTNULL: (column) => `ALTER COLUMN ${column} SET NOT NULL`,
	CONSTR_PRIMARY: (column) => `ADD PRIMARY KEY (${column})`,
};

const WORDS: Readonly<Record<string, RegExp>> = {
	CONSTR_NOTNULL: /^NOT\s+NULL\b/i,
	CONSTR_PRIMARY: /^PRIMARY\s+KEY\b/i,
};

/** Columns that would have no value at all: a default fills them. */
function findColumns(node: SyntaxNode | undefined, pending: readonly Pending[]): readonly SyntaxNode[] {
	const commands: readonly SyntaxNode[] = (node?.cmds ?? []).map((each: SyntaxNode) => each.AlterTableCmd);
	return commands
		.filter(({ subtype }) => subtype === 'AT_AddColumn')
		.map(({ def }) => def.ColumnDef)
		.filter(({ colname, constraints = [] }) => {
			const isWaiting = pending.some(
				({ kept }) =>
					kept.kind === 'column' &&
					kept.column === colname &&
					kept.place.table === node?.relation.relname &&
					kept.values > 0,
			);
			const isFilled = constraints.some(
				({ Constraint }: SyntaxNode) => FILLED.has(Constraint.contype) && !isPrimaryToo(constraints),
			);
			return isWaiting && constraints.length > 0 && !isFilled;
		});
}

const FILLED = new Set(['CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED']);

/** Values that went in by themselves would stand in the way of those that come back. */
function isPrimaryToo(constraints: readonly SyntaxNode[]): boolean {
	return constraints.some(({ Constraint }) => Constraint.contype === 'CONSTR_PRIMARY');
}

function blank(bytes: Buffer, { contype, location, conname }: SyntaxNode): boolean {
	const words = WORDS[contype];
	if (words === undefined || location === undefined || conname !== undefined) return false;
	const match = words.exec(bytes.subarray(location).toString());
	if (match === null) return false;
	bytes.fill(' ', location, location + Buffer.byteLength(match[0]));
	return true;
}

function nameRelation({ schemaname, relname }: SyntaxNode): string {
	return schemaname ? `${quoteIdentifier(schemaname)}.${quoteIdentifier(relname)}` : quoteIdentifier(relname);
}
