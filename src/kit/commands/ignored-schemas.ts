import type { Config } from '../config/config.ts';

/** The schema that holds the ledger and nothing of the project: it is no part of what is compared. */
export function ignoredSchemas({ ledger }: Pick<Config, 'ledger'>): readonly string[] {
	return ledger.schema === 'public' ? [] : [ledger.schema];
}
