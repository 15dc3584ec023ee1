import type { SqlFailure } from '../database/sql-failure.ts';
import { CompanionError } from '../errors.ts';
import { overtakenState } from '../ledger/guard-statement.ts';
import type { StepReport } from './run-plan.ts';

/** Somebody else changed the ledger after the plan was made: nothing of the step was kept, and a new plan is needed. */
export class Overtaken extends CompanionError {
	/** What this run had finished before. */
	readonly finished: readonly StepReport[];

	constructor(failure: SqlFailure, finished: readonly StepReport[]) {
		super(
			'LOCK_NOT_AVAILABLE',
			`Another migrator works on the same database at this moment: ${failure.message}.`,
			{
				hint: 'Run the command again when the other has ended.',
				details: { sqlState: failure.sqlState, finished: finished.map(({ tag }) => tag) },
				cause: failure,
			},
		);
		this.finished = finished;
	}
}

/** Says whether it was the ledger's guard that ended the transaction. */
export function isOvertaken({ sqlState }: SqlFailure): boolean {
	return sqlState === overtakenState;
}
