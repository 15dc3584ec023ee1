/** What can be set aside: a table's rows, a column's values, values that a narrower type cannot hold, the position of a sequence. */
export type KeptKind = 'table' | 'column' | 'values' | 'sequence';

/** The step that threw the data away; its opposite gives it back. */
export type KeptDirection = 'apply' | 'revert';

/** A place in a database, unquoted. */
export interface TablePlace {
	readonly schema: string;
	readonly table: string;
}

/** How kept values find their rows again. */
export type RowMatching =
	| {
			readonly kind: 'key';
			/** Columns of a primary key, or of a unique key without NULLs. */
			readonly columns: readonly StoredColumn[];
	  }
	| {
			/** The table has no key: rows are known by all their other columns, and by their number among equal ones. */
			readonly kind: 'row';
			readonly columns: readonly string[];
	  };

/** A column as it is kept; its name in the store is its own. */
export interface StoredColumn {
	readonly name: string;
	/** As SQL: schema-qualified unless PostgreSQL's own. */
	readonly type: string;
	/** Kept as text: the type is not PostgreSQL's own, and may be dropped before the data comes back. */
	readonly isText: boolean;
}

/** A sequence's position. */
export interface KeptPosition {
	/** The column that it belongs to; absent for a sequence of its own. */
	readonly column?: string;
	readonly lastValue: string;
	readonly isCalled: boolean;
}

/** A foreign key, a check or a unique key that held when the data was set aside, and that comes back with it. */
export interface KeptConstraint {
	readonly name: string;
	readonly columns: readonly string[];
	/** For a foreign key. */
	readonly target?: TablePlace & { readonly columns: readonly string[] };
	/** For a check: the expression. */
	readonly check?: string;
	/** The columns together are unique, NULLs apart. */
	readonly isUnique?: boolean;
}

/** What is needed to give kept data back; the registry's `details`. */
export type KeptDetails =
	| {
			readonly kind: 'table';
			readonly columns: readonly StoredColumn[];
			readonly positions: readonly KeptPosition[];
			readonly constraints: readonly KeptConstraint[];
			/** The step made another of that name; the way back may change that one instead of making the old one again. */
			readonly isRemade?: boolean;
	  }
	| {
			readonly kind: 'column';
			readonly column: StoredColumn;
			readonly matching: RowMatching;
			readonly positions: readonly KeptPosition[];
			readonly constraints: readonly KeptConstraint[];
			/** As for a table. */
			readonly isRemade?: boolean;
	  }
	| {
			readonly kind: 'values';
			readonly column: StoredColumn;
			readonly matching: RowMatching;
			/** What the step left in the column, where it stands after the step: a value that is another by now was changed since. */
			readonly after: TablePlace & { readonly column: string; readonly key: readonly string[] };
			readonly constraints: readonly KeptConstraint[];
	  }
	| { readonly kind: 'sequence'; readonly positions: readonly KeptPosition[] };

/** One thing that is set aside: a row of the registry. */
export interface Kept {
	readonly id: number;
	readonly kind: KeptKind;
	/** The migration that it was kept from. */
	readonly tag: string;
	readonly when: number;
	readonly direction: KeptDirection;
	/** Where it was; for a sequence, `table` is its name. */
	readonly place: TablePlace;
	readonly column?: string;
	/** `table invoices`, `column users.nickname`. */
	readonly subject: string;
	/** The table in `drizzle_kept`; absent where there were no rows, and for sequences. */
	readonly store?: string;
	readonly rows: number;
	/** Rows that hold a value; for a table, its rows. */
	readonly values: number;
	readonly bytes: number;
	/** ISO 8601, UTC. */
	readonly at: string;
	/** The database role. */
	readonly by: string;
	readonly details: KeptDetails;
}

/** What a step set aside. */
export interface KeptReport {
	readonly subject: string;
	readonly kind: KeptKind;
	readonly rows: number;
	readonly values: number;
	readonly bytes: number;
	/** `move`: the table itself went to `drizzle_kept`; nothing was copied. */
	readonly how: 'move' | 'copy' | 'none';
}

/** What a step gave back. */
export interface RefillReport {
	readonly subject: string;
	readonly kind: KeptKind;
	/** Kept values that are back on their rows; for a table, rows. */
	readonly refilled: number;
	/** Rows that were deleted since; they stay deleted. */
	readonly deletedSince: number;
	/** Rows that were inserted since; they have NULL or the default. */
	readonly insertedSince: number;
	/** Values that were changed since; they stay as they are. */
	readonly changedSince: number;
	/** Values that a constraint or the type refuses now; they stay kept. */
	readonly conflicts: number;
	/** Why nothing, or not everything, came back; it stays kept. */
	readonly stays?: string;
}
