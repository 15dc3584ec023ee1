import { parseStatements, type Statement, type SyntaxNode } from '../sql/parse-statements.ts';
import { quoteIdentifier } from '../sql/quote-identifier.ts';
import { findNodes } from '../sql/walk-nodes.ts';
import type { KeptConstraint, TablePlace } from './kept.ts';

/** A relation as SQL names it: without a schema, the one that the search path finds. */
export type NamedRelation = Pick<TablePlace, 'table'> & { readonly schema?: string };

/** A constraint that a statement makes; without a name, PostgreSQL chooses one. */
export interface MadeConstraint extends Omit<KeptConstraint, 'name' | 'target'> {
	readonly relation: NamedRelation;
	readonly name?: string;
	/** For a foreign key; without columns it refers to the primary key. */
	readonly target?: NamedRelation & { readonly columns: readonly string[] };
}

/** A column that a statement makes, or gives another type. */
export interface MadeColumn {
	readonly relation: NamedRelation;
	readonly name: string;
	/** As SQL; absent where it cannot be said: a type that is taken from a column. */
	readonly type?: string;
	/** The type's name alone, unquoted, without its schema. */
	readonly typeName: string;
}

/** What statements make of tables, as far as it decides which values a table takes. */
export interface Made {
	readonly constraints: readonly MadeConstraint[];
	readonly columns: readonly MadeColumn[];
	/** The labels of new enum types, by the type's name without its schema. */
	readonly enums: ReadonlyMap<string, readonly string[]>;
}

/** Reads from SQL which columns, constraints, unique indexes and enum types it makes. */
export async function listMade(statements: readonly Statement[]): Promise<Made> {
	const parts: Made[] = [];
	for (const { kind, text } of statements) {
		if (!(kind in READERS)) continue;
		// Parsed alone, the places in it are places in its own text.
		const [alone] = await parseStatements(text);
		const part = alone && READERS[kind]?.(alone.node, Buffer.from(alone.text));
		if (part !== undefined) parts.push({ ...nothing, ...part });
	}
	return {
		constraints: parts.flatMap(({ constraints }) => constraints),
		columns: parts.flatMap(({ columns }) => columns),
		enums: new Map(parts.flatMap(({ enums }) => [...enums])),
	};
}

const nothing: Made = { constraints: [], columns: [], enums: new Map() };

type Reader = (node: SyntaxNode, text: Buffer) => Partial<Made> | undefined;

const READERS: Readonly<Record<string, Reader>> = {
	CreateStmt: ({ relation, tableElts = [] }, text) => readElements(relation, tableElts, text),
	AlterTableStmt: ({ relation, cmds = [] }, text) => {
		const commands: readonly SyntaxNode[] = cmds.map((each: SyntaxNode) => each.AlterTableCmd);
		return readElements(relation, commands.filter(isMaking).map(withName), text);
	},
	IndexStmt: readIndex,
	CreateEnumStmt: ({ typeName, vals = [] }) => ({
		enums: new Map([[strings(typeName).at(-1) ?? '', strings(vals)]]),
	}),
};

function isMaking({ subtype }: SyntaxNode): boolean {
	return ['AT_AddColumn', 'AT_AddConstraint', 'AT_AlterColumnType'].includes(subtype);
}

/** The definition in `ALTER COLUMN … TYPE` does not hold the column's name. */
function withName({ subtype, name, def }: SyntaxNode): SyntaxNode {
	return subtype === 'AT_AlterColumnType' ? { ColumnDef: { ...def.ColumnDef, colname: name } } : def;
}

function readElements(
	relationNode: SyntaxNode,
	elements: readonly SyntaxNode[],
	text: Buffer,
): Partial<Made> {
	const relation = toNamed(relationNode);
	const columns: MadeColumn[] = [];
	const constraints: MadeConstraint[] = [];
	for (const { ColumnDef, Constraint } of elements) {
		if (Constraint !== undefined)
			constraints.push(...readConstraint(relation, Constraint, { text, columns: [] }));
		if (ColumnDef === undefined) continue;
		const { colname: name, typeName, constraints: own = [] } = ColumnDef;
		if (typeName !== undefined) columns.push({ relation, name, ...readType(typeName) });
		for (const each of own as readonly SyntaxNode[])
			constraints.push(...readConstraint(relation, each.Constraint, { text, columns: [name] }));
	}
	return { columns, constraints };
}

function readConstraint(
	relation: NamedRelation,
	{ contype, conname, ...node }: SyntaxNode,
	{ text, columns: own }: { readonly text: Buffer; readonly columns: readonly string[] },
): readonly MadeConstraint[] {
	const common = { relation, ...(conname === undefined ? {} : { name: conname }) };
	if (contype === 'CONSTR_FOREIGN') {
		const columns = node.fk_attrs === undefined ? own : strings(node.fk_attrs);
		return [
			{ ...common, columns, target: { ...toNamed(node.pktable), columns: strings(node.pk_attrs ?? []) } },
		];
	}
	if (contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY') {
		const columns = node.keys === undefined ? own : strings(node.keys);
		const primary =
			contype === 'CONSTR_PRIMARY' && conname === undefined ? { name: `${relation.table}_pkey` } : {};
		return node.nulls_not_distinct || columns.length === 0
			? []
			: [{ ...common, ...primary, columns, isUnique: true }];
	}
	if (contype !== 'CONSTR_CHECK') return [];
	const check = readParentheses(text.subarray(node.location).toString());
	return check === undefined ? [] : [{ ...common, columns: listColumns(node.raw_expr), check }];
}

function listColumns(expression: SyntaxNode): readonly string[] {
	const names = findNodes(expression, 'ColumnRef').map(({ fields }) => fields.at(-1)?.String?.sval);
	return [...new Set(names.filter((name): name is string => typeof name === 'string'))];
}

function readIndex({
	unique,
	relation,
	idxname,
	indexParams = [],
	whereClause,
	nulls_not_distinct,
}: SyntaxNode): Partial<Made> {
	const columns: readonly (string | undefined)[] = indexParams.map(
		({ IndexElem }: SyntaxNode) => IndexElem.name,
	);
	const isPlain =
		columns.every((name) => name !== undefined) && whereClause === undefined && !nulls_not_distinct;
	if (!unique || !isPlain) return {};
	return {
		constraints: [
			{
				relation: toNamed(relation),
				columns: columns as readonly string[],
				isUnique: true,
				...(idxname === undefined ? {} : { name: idxname }),
			},
		],
	};
}

function readType({
	names = [],
	typmods = [],
	arrayBounds = [],
	pct_type,
}: SyntaxNode): Pick<MadeColumn, 'type' | 'typeName'> {
	const parts = strings(names);
	const typeName = parts.at(-1) ?? '';
	if (pct_type) return { typeName };
	const serial = SERIALS[typeName];
	const numbers: readonly unknown[] = typmods.map(({ A_Const }: SyntaxNode) => A_Const?.ival?.ival ?? 0);
	// The modifier of an interval is a mask, not what stands in SQL.
	const modifier = numbers.length === 0 || typeName === 'interval' ? '' : `(${numbers.join(', ')})`;
	const name = serial ?? `${parts.map(quoteIdentifier).join('.')}${modifier}`;
	return { typeName, type: `${name}${'[]'.repeat(arrayBounds.length)}` };
}

const SERIALS: Readonly<Record<string, string>> = {
	serial: 'integer',
	serial4: 'integer',
	bigserial: 'bigint',
	serial8: 'bigint',
	smallserial: 'smallint',
	serial2: 'smallint',
};

/** What stands in the first parentheses of a text. */
function readParentheses(text: string): string | undefined {
	const tokens = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\/|[()]/g;
	let depth = 0;
	let start = 0;
	for (const { 0: token, index } of text.matchAll(tokens)) {
		if (token === '(' && ++depth === 1) start = index + 1;
		if (token === ')' && --depth === 0) return text.slice(start, index);
	}
	return undefined;
}

function toNamed({ schemaname, relname }: SyntaxNode): NamedRelation {
	return { table: relname, ...(schemaname === undefined ? {} : { schema: schemaname }) };
}

function strings(nodes: readonly SyntaxNode[]): readonly string[] {
	return nodes.map(({ String: { sval } }) => sval as string);
}
