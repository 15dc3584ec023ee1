import type { Plan } from './plan.ts';

/** Says whether a plan writes rows into the ledger, rather than only taking some out. */
export function writesRows({ steps }: Plan): boolean {
	return steps.some(({ kind }) => kind === 'apply' || kind === 'stamp' || kind === 'accept');
}
