import type { DependencyEdge, Fact } from '@supabase/pg-delta';

/**
 * What one database contains, as PostgreSQL itself says. Opaque: read by `readCatalog`, compared by `compareCatalogs`,
 * planned from by `planCatalogChange`.
 */
export interface Catalog {
	/** pg-delta's reading, from which changes are planned. */
	readonly facts: Facts;
	/** The roles of its server. They are no part of what is compared, but statements may name them. */
	readonly roles: readonly string[];
	/** Our own reading, by which equality is judged: object by object, key to object. */
	readonly objects: ReadonlyMap<string, CatalogObject>;
	/** Enum values and attributes of composite types, by which they are recognised under another name. */
	readonly parts: readonly ObjectPart[];
	/** The type of each table's column, by the column's identity. */
	readonly types: ReadonlyMap<string, ColumnType>;
	/** 14 to 18. */
	readonly majorVersion: number;
	/** The role that read it; objects owned by it count as owned by whoever runs the migrations. */
	readonly reader: string;
}

/** What pg-delta read. */
export interface Facts {
	readonly facts: readonly Fact[];
	readonly edges: readonly DependencyEdge[];
}

/** The kinds of objects a catalog is made of, as a sentence names them. */
export type ObjectKind = string;

export interface CatalogObject {
	readonly kind: ObjectKind;
	/** Schema first where there is one: `['public', 'users', 'email']`. */
	readonly names: readonly string[];
	/** The row in PostgreSQL's catalog: the same across copies of one database, whatever the object is called. */
	readonly identity: string;
	/** The identity of the schema, table or type that it lives in. */
	readonly parent?: string;
	/** Everything that makes it what it is; absent means PostgreSQL's own default. */
	readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A part of an object that has a name of its own but is compared with the object: an enum's value, a composite type's attribute. */
export interface ObjectPart {
	readonly kind: 'value' | 'attribute';
	readonly identity: string;
	/** The identity of the type. */
	readonly parent: string;
	readonly name: string;
}

/** A column's type as PostgreSQL stores it: the same whatever the type is called. */
export interface ColumnType {
	/** The identity of the type, or of an array's element. */
	readonly type: string;
	readonly isArray: boolean;
	/** Type and modifier (length, precision). */
	readonly exact: string;
	/** How values of the type are stored unless told otherwise: `extended`. */
	readonly storage: string;
}

export type AttributeValue =
	| string
	| number
	| boolean
	| null
	| readonly AttributeValue[]
	| { readonly [name: string]: AttributeValue };

/** One way in which a database is not what it should be. */
export interface Difference {
	/** `column users.nickname is missing`, `index posts_title_idx exists only here`, `default of column users.age differs: 1 here, 2 expected`. */
	readonly words: string;
	readonly kind: 'missing' | 'extra' | 'changed';
	/** The object as the words name it: `column users.nickname`. */
	readonly object: string;
	/** What would close it, in order. Empty where another difference's SQL closes it too, or none is known. */
	readonly sql: readonly string[];
}

export interface PlannedStatement {
	/** With its closing semicolon. */
	readonly sql: string;
	readonly isTransactional: boolean;
	/** Whether it may throw data away. */
	readonly isDestructive: boolean;
	/** The strongest lock on existing relations, as the planner knows it: `accessExclusive`, `share`, `none`. */
	readonly lock?: string;
}

/** The key of an object among all of a catalog. */
export function keyOf(kind: ObjectKind, names: readonly string[]): string {
	return JSON.stringify([kind, ...names]);
}
