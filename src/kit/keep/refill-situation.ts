import type { Session } from '../database/session.ts';
import { SqlFailure } from '../database/sql-failure.ts';
import type { Step } from '../plan/plan.ts';
import type { Statement } from '../sql/parse-statements.ts';
import type { Kept } from './kept.ts';
import type { Made } from './list-made.ts';

/** What a refill finds in its table. */
export interface RefillOutlook {
	/** Rows that are not there any more, under the key that they had. */
	readonly gone: number;
	/** Rows that were not there when the data was set aside. */
	readonly added: number;
}

/** A step that will give something back, and what is known of it before it runs. */
export interface RefillSituation {
	readonly session: Session;
	readonly step: Step;
	/** Names of tables and types that earlier steps change. */
	readonly earlier: ReadonlySet<string>;
	readonly statements: readonly Statement[];
	/** Everything that the step may give back. */
	readonly kept: readonly Kept[];
	readonly made: Made;
	readonly rows: Map<number, RefillOutlook>;
}

/**
 * Asks something that may have no answer before the step has run: a type, a table or a function that only the step makes. The open
 * transaction goes on.
 * @returns undefined where there is none
 */
export async function askIfPossible<Answer>(
	session: Session,
	work: () => Promise<Answer>,
): Promise<Answer | undefined> {
	await session.run('SAVEPOINT companion_ask');
	try {
		const answer = await work();
		await session.run('RELEASE SAVEPOINT companion_ask');
		return answer;
	} catch (error) {
		if (!(error instanceof SqlFailure) || !/^(22|23|42)/.test(error.sqlState)) throw error;
		await session.run('ROLLBACK TO SAVEPOINT companion_ask; RELEASE SAVEPOINT companion_ask');
		return undefined;
	}
}
