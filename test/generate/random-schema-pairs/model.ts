/** A schema as the generator keeps it. What points at something does so by its number, which stays when that is renamed. */
export interface Model {
	/** The number of the next new thing. */
	next: number;
	schemas: Named[];
	enums: EnumType[];
	sequences: Sequence[];
	tables: Table[];
	/** A view is made of a table or of a view before it. */
	views: View[];
}

export interface Named {
	readonly id: number;
	name: string;
}

export interface InSchema extends Named {
	/** Undefined: `public`. */
	schema: number | undefined;
}

export interface EnumType extends InSchema {
	values: string[];
}

export interface Sequence extends InSchema {
	/** As TypeScript: `{ startWith: 5 }`; empty for none. */
	options: string;
}

export interface Table extends InSchema {
	columns: Column[];
	primaryKey: PrimaryKey | undefined;
	uniques: Unique[];
	foreignKeys: ForeignKey[];
	indexes: Index[];
	checks: Check[];
	policies: Policy[];
	hasRowSecurity: boolean;
}

export interface Column extends Named {
	/** A name in `COLUMN_TYPES`, or the number of an enum. */
	type: string | number;
	/** How many times `.array()`. */
	dimensions: number;
	isRequired: boolean;
	/** As TypeScript, called on the column: `.default(1)`. */
	default: string | undefined;
	/** What it is made of. */
	generated: { readonly source: number; expression: string; readonly isQualified: boolean } | undefined;
	/** As TypeScript, called on the column. */
	identity: string | undefined;
}

export interface PrimaryKey {
	columns: number[];
	/** Undefined: drizzle's own. */
	name: string | undefined;
	/** Said of the column itself. Only of one column. */
	isInline: boolean;
}

export interface Unique {
	readonly id: number;
	name: string | undefined;
	columns: number[];
	treatsNullsAlike: boolean;
	isInline: boolean;
}

export interface ForeignKey {
	readonly id: number;
	name: string | undefined;
	columns: number[];
	readonly table: number;
	targets: number[];
	onDelete: string | undefined;
	onUpdate: string | undefined;
	isInline: boolean;
}

export interface Index extends Named {
	isUnique: boolean;
	method: 'btree' | 'hash' | 'gin' | 'brin';
	parts: IndexPart[];
	/** A column that must not be null. */
	where: number | undefined;
	/** As TypeScript, called on the index. */
	options: string;
}

export interface IndexPart {
	readonly column: number;
	/** As TypeScript, called on the column: `.desc()`. */
	order: string;
	/** With `$` for the column; undefined: the column itself. */
	expression: string | undefined;
}

export interface Check extends Named {
	readonly column: number;
	/** With `$` for the column. */
	expression: string;
}

export interface Policy extends Named {
	/** As TypeScript, what comes before the conditions. */
	options: string;
	column: number | undefined;
	hasUsing: boolean;
	hasWithCheck: boolean;
}

export interface View extends InSchema {
	isMaterialized: boolean;
	/** The number of a table or of a view. */
	source: number;
	/** Columns of the table at the bottom; empty: all of them. */
	columns: number[];
	form: 'builder' | 'sql' | 'count';
	where: number | undefined;
	/** As TypeScript, called on the view. */
	options: string;
}

/** A schema of nothing. */
export function createModel(): Model {
	return { next: 1, schemas: [], enums: [], sequences: [], tables: [], views: [] };
}

/** The table or view of a number. */
export function findRelation({ tables, views }: Model, id: number): Table | View | undefined {
	return tables.find((table) => table.id === id) ?? views.find((view) => view.id === id);
}

/** The table that a view shows in the end. */
export function findBottom(model: Model, { source }: View): Table | undefined {
	const relation = findRelation(model, source);
	return relation !== undefined && 'source' in relation ? findBottom(model, relation) : relation;
}

/** The numbers of the columns that a view has; none where it counts. */
export function listViewColumns(model: Model, view: View): readonly number[] {
	if (view.columns.length > 0) return view.columns;
	const relation = findRelation(model, view.source);
	if (relation === undefined) return [];
	return 'source' in relation ? listViewColumns(model, relation) : relation.columns.map(({ id }) => id);
}
