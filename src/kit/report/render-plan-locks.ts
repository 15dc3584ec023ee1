import type { StatementLocks } from '../locks/statement-locks.ts';
import type { Paint } from './paint.ts';
import { renderLocks } from './render-locks.ts';

/** What the steps of a plan lock, or why nobody measured. */
export interface PlanLocksShown {
	readonly migrations: readonly { readonly tag: string; readonly locks: readonly StatementLocks[] }[];
	readonly notice?: string;
}

/** What each step of a plan locks, a block each; nothing for no steps. */
export function renderPlanLocks(locks: PlanLocksShown | undefined, paint: Paint): readonly string[] {
	if (locks?.notice !== undefined) return [paint.dim(locks.notice)];
	return (locks?.migrations ?? []).flatMap(({ tag, locks: statements }) => [
		'',
		`${paint.bold(tag)} locks, as measured:`,
		renderLocks(statements, paint),
	]);
}

/** The member `locks` of `migrate --plan --json`; nothing where there was no plan. */
export function locksJson(locks: PlanLocksShown | undefined): {
	readonly locks?: PlanLocksShown['migrations'];
} {
	return locks === undefined ? {} : { locks: locks.migrations };
}
