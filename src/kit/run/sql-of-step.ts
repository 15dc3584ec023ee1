import type { Step } from '../plan/plan.ts';

/** The SQL that a step runs beside the ledger's own; empty for a stamp. A byte order mark, which PostgreSQL refuses, reads as a blank. */
export function sqlOf(step: Step): string {
	if (step.kind === 'apply') return step.up.sql.replace(/^\uFEFF/, ' ');
	return step.kind === 'revert' ? step.sql : '';
}
