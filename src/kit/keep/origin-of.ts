import type { LedgerName } from '../config/config.ts';
import { ledgerTable } from '../ledger/ledger-name.ts';
import type { Step } from '../plan/plan.ts';
import type { KeepOrigin } from './set-aside.ts';

/** The step as the registry knows it. */
export function originOf({ kind, tag, when }: Step, ledger: LedgerName): KeepOrigin {
	return { ledger: ledgerTable(ledger), tag, when, direction: kind === 'revert' ? 'revert' : 'apply' };
}

/** What the step may give back: whatever its opposite set aside. */
export function opposite({
	ledger,
	when,
	direction,
}: KeepOrigin): Pick<KeepOrigin, 'ledger' | 'when' | 'direction'> {
	return { ledger, when, direction: direction === 'apply' ? 'revert' : 'apply' };
}
