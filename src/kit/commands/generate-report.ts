import type { MigrationFiles } from '../generate/write-migration.ts';
import type { Loss, Reversibility } from '../journal/migration.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { DownProposal } from '../reverse/reverse-migration.ts';

export type GenerateReport =
	| { readonly kind: 'unchanged'; readonly notices: readonly string[] }
	| CreatedReport
	| SplitReport;

/** With `safe`, where something was unsafe: the migrations that do it in steps. */
export interface SplitReport {
	readonly kind: 'split';
	/** In the order in which they run; two or more. */
	readonly migrations: readonly CreatedReport[];
	/** What was written otherwise than drizzle-kit writes it, a sentence each. */
	readonly changes: readonly string[];
	/** Sentences about the whole: what no safe form is known for. */
	readonly notices: readonly string[];
}

export interface CreatedReport {
	readonly kind: 'created';
	readonly tag: string;
	/** Absolute paths. */
	readonly files: MigrationFiles;
	/** The up SQL; empty for a custom migration. */
	readonly statements: readonly string[];
	/** Absent for a custom migration, whose way back is derived once its SQL is written. */
	readonly downReversibility?: Reversibility;
	/** Why there is no way back. */
	readonly downReason?: string;
	/** What the way back loses. */
	readonly loses: readonly Loss[];
	/** What the up itself loses, whatever happens later. */
	readonly upLoses: readonly Loss[];
	/** What each statement locks, rewrites and scans; absent for a custom migration. */
	readonly locks?: readonly StatementLocks[];
	/** Sentences: what was wrong with drizzle-kit's SQL, what the proof could not show. */
	readonly notices: readonly string[];
}

/** What a report says of a way back. */
export function describeDown({
	reversibility,
	reason,
	loses,
}: DownProposal): Pick<CreatedReport, 'downReversibility' | 'downReason' | 'loses' | 'upLoses'> {
	return {
		downReversibility: reversibility,
		...(reason === undefined ? {} : { downReason: reason }),
		loses: loses.filter(({ isLostByUp }) => !isLostByUp),
		upLoses: loses.filter(({ isLostByUp }) => isLostByUp),
	};
}
