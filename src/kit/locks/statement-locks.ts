import type { LockMode } from './lock-mode.ts';

/** What one statement of a migration does to relations that existed before the migration; measured, not guessed. */
export interface StatementLocks {
	/** Without the closing semicolon and without comments before it. */
	readonly text: string;
	/** Offsets in the up file. */
	readonly start: number;
	readonly end: number;
	/** False: PostgreSQL refuses it inside a transaction block, so it runs by itself. */
	readonly isTransactional: boolean;
	/** The strongest lock first. */
	readonly effects: readonly RelationEffect[];
	/** Set when the statement failed; nothing after it was measured. */
	readonly failure?: { readonly message: string; readonly sqlState?: string };
}

/** What a statement does to one relation. */
export interface RelationEffect {
	readonly schema: string;
	/** As it is called when the statement begins. */
	readonly name: string;
	readonly kind: RelationKind;
	/** The strongest lock that the statement takes on it; absent where it takes none, as on a rewritten index of a locked table. */
	readonly lock?: LockMode;
	/** Whether its file is written anew. */
	readonly isRewritten: boolean;
	/** Whether it is read from beginning to end. */
	readonly isScanned: boolean;
	/** The live database's, where it was asked. */
	readonly size?: TableSize;
}

export type RelationKind =
	| 'table'
	| 'partitioned table'
	| 'view'
	| 'materialized view'
	| 'foreign table'
	| 'sequence'
	| 'index';

/** How much of a table there is in a live database. */
export interface TableSize {
	/** PostgreSQL's estimate; absent before the first ANALYZE. */
	readonly rows?: number;
	/** The table with its indexes and TOAST. */
	readonly bytes: number;
}
