import { endStatementsAtBreakpoints } from './end-statements-at-breakpoints.ts';

/** The directive at the top of a file that asks for running it statement by statement. */
const directive = /^\s*--\s*companion:\s*no-transaction\s*$/im;

/** Words that only statements with a say in transactions hold. A cheap look before the real parser is loaded. */
const suspicious =
	/\b(?:CONCURRENTLY|VACUUM|REINDEX|CLUSTER|ADD\s+VALUE|ALTER\s+SYSTEM|DATABASE|TABLESPACE|COMMIT|BEGIN|ROLLBACK|ABORT|START\s+TRANSACTION|END|SAVEPOINT|PREPARE\s+TRANSACTION|SUBSCRIPTION)\b/i;

/** Says whether SQL must run statement by statement, each on its own: it says so itself, or holds a statement that PostgreSQL refuses inside a transaction. */
export async function needsNoTransaction(sql: string): Promise<boolean> {
	if (hasNoTransactionDirective(sql)) return true;
	if (!suspicious.test(sql)) return false;
	return await holdsNonTransactional(sql);
}

/** SQL that does not parse is sent as it is: PostgreSQL's own error says where and why. */
async function holdsNonTransactional(sql: string): Promise<boolean> {
	const { findNonTransactional } = await import('./transactionality.ts');
	const { SqlSyntaxError } = await import('./parse-statements.ts');
	try {
		return (await findNonTransactional(endStatementsAtBreakpoints(sql))).length > 0;
	} catch (error) {
		if (error instanceof SqlSyntaxError) return false;
		throw error;
	}
}

/** The directive counts in the comments before the first statement. */
export function hasNoTransactionDirective(sql: string): boolean {
	const head = /^(?:\s*--[^\n]*(?:\n|$)|\s+)*/.exec(sql.replace(/^\uFEFF/, ''))?.[0] ?? '';
	return directive.test(head);
}
