/** One row of drizzle's own table. */
export interface AppliedMigration {
	readonly id: number;
	/** The up file's SHA-256 as it was when applied. */
	readonly checksum: string;
	/** The journal's `when`; absent where somebody inserted NULL. */
	readonly when?: number;
	/** The migration's folder, as drizzle-orm 1.0 writes it. Absent where an older version wrote the row. */
	readonly name?: string;
	/** When drizzle-orm 1.0 or the kit wrote the row; ISO 8601, UTC. Absent where an older version did. */
	readonly appliedAt?: string;
}

/**
 * What an event of the log says was done. `progress` counts the finished statements of a migration that runs outside a transaction;
 * `attempt` says that the one behind them is about to run.
 */
export type EventKind =
	| 'apply'
	| 'revert'
	| 'stamp'
	| 'forget'
	| 'remove'
	| 'accept'
	| 'progress'
	| 'attempt';

/** One row of the kit's append-only log, as far as a history tells of it. */
export interface LogEvent {
	readonly kind: EventKind;
	readonly tag: string;
	readonly when: number;
	/** ISO 8601, UTC. */
	readonly at: string;
	readonly durationMilliseconds: number;
	/** The database role. */
	readonly by: string;
}

/** What the database says. */
export interface Ledger {
	/** False: drizzle's table has not been created yet. */
	readonly exists: boolean;
	/** True: the table has the columns `name` and `applied_at` of drizzle-orm 1.0. */
	readonly hasNames?: boolean;
	readonly hasLog: boolean;
	/** In the order in which they were recorded, oldest first. */
	readonly applied: readonly AppliedMigration[];
	/** Oldest first; those that say how migrations came to be applied, or not to be any more. Empty where they were not asked for. */
	readonly events: readonly LogEvent[];
}
