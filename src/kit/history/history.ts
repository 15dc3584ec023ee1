import type { Migration, Reversibility } from '../journal/migration.ts';
import type { AppliedMigration } from '../ledger/ledger.ts';
import type { LedgerForm } from '../ledger/ledger-table.ts';

/** Stable names of what may be wrong between journal and ledger. */
export type ProblemCode =
	| 'EDITED'
	| 'OUT_OF_ORDER'
	| 'UNKNOWN_APPLIED'
	| 'FILE_MISSING'
	| 'FILE_ORPHANED'
	| 'SNAPSHOT_MISSING'
	| 'DOWN_MISSING'
	| 'DOWN_UNPROVEN';

/** One thing that is wrong, with the way out. */
export interface Problem {
	readonly code: ProblemCode;
	/** The migration; the file name's stem for an orphan. */
	readonly tag: string;
	readonly message: string;
	readonly hint: string;
}

/** How an applied migration came into the ledger; `other`: the ledger has it and our log does not. */
export type How = 'apply' | 'stamp' | 'other';

/** One migration in the order of the journal, compared with the ledger. */
export interface HistoryEntry {
	/** Place in the history, from 0. The same as in the journal, unless the database has migrations that the journal lacks. */
	readonly index: number;
	readonly tag: string;
	/** Epoch milliseconds. */
	readonly when: number;
	/** What the repository has; absent for a migration that only the database knows. */
	readonly migration?: Migration;
	/** The ledger's row; absent while pending. */
	readonly applied?: AppliedMigration;
	readonly state: 'applied' | 'pending';
	readonly how?: How;
	/** ISO 8601, UTC. */
	readonly appliedAt?: string;
	readonly appliedBy?: string;
	readonly durationMilliseconds?: number;
	readonly reversibility?: Reversibility;
	/** True: what a lossy migration and its way back throw away is kept, so that rolling back gives all of it back. */
	readonly isKept?: boolean;
	/** As in the down file's header. */
	readonly loses: readonly string[];
	readonly checksum: string;
	/** The codes of `problems` that are about this migration. */
	readonly problems: readonly ProblemCode[];
}

/** Journal and ledger compared. */
export interface History {
	/** How many migrations the newest applied one stands above base: its index plus one. */
	readonly position: number;
	/** How many there are. */
	readonly head: number;
	readonly entries: readonly HistoryEntry[];
	readonly problems: readonly Problem[];
	/** What is odd and stands in nobody's way, one sentence each. Absent: nothing. */
	readonly notices?: readonly string[];
	/** True: drizzle's table exists. */
	readonly hasLedger: boolean;
	readonly hasLog: boolean;
	/** How the ledger's rows have to be written. Absent: as drizzle-orm 0.x does. */
	readonly ledgerForm?: LedgerForm;
}
