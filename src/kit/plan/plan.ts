import type { DownFile, Loss, Reversibility, UpFile } from '../journal/migration.ts';

/** What a step is about. */
interface StepSubject {
	readonly index: number;
	readonly tag: string;
	readonly when: number;
	/** The checksum that the ledger has or will have. */
	readonly checksum: string;
}

/** Runs the up file and records it. */
export interface ApplyStep extends StepSubject {
	readonly kind: 'apply';
	readonly up: UpFile;
	/** Kept in the log, so that an older checkout can go back. */
	readonly down?: DownFile;
}

/** Runs down SQL and forgets the migration. Holds its SQL: a plan that cannot run cannot be built. */
export interface RevertStep extends StepSubject {
	readonly kind: 'revert';
	readonly sql: string;
	/** Where the SQL comes from: a file, or the log's copy. */
	readonly source: string;
	/** How many lines of it stand above the SQL. */
	readonly linesAbove: number;
	readonly reversibility: Reversibility;
	readonly loses: readonly Loss[];
	/** The ledger's row. */
	readonly rowId: number;
}

/** Records a migration as applied without running it. */
export interface StampStep extends StepSubject {
	readonly kind: 'stamp';
	readonly down?: DownFile;
}

/** Takes a row out of the ledger without running anything. */
export interface ForgetStep extends StepSubject {
	readonly kind: 'forget';
	readonly rowId: number;
	/** True: the row repeats another of the same migration, which stays. */
	readonly isDuplicate?: boolean;
}

/** Makes a row of the ledger say what the journal says now: its checksum and `when`. */
export interface AcceptStep extends StepSubject {
	readonly kind: 'accept';
	readonly rowId: number;
	readonly down?: DownFile;
}

/** One thing to do. */
export type Step = ApplyStep | RevertStep | StampStep | ForgetStep | AcceptStep;

/** What should happen, in order. A value: it can be printed, serialised and run. */
export interface Plan {
	/** Positions: how many migrations stand applied before and after. */
	readonly from: number;
	readonly to: number;
	readonly steps: readonly Step[];
}
