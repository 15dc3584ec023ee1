import { CompanionError } from '../errors.ts';
import type { Loss } from '../journal/migration.ts';
import type { CountedLoss } from '../plan/counted-loss.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import type { Session } from './session.ts';
import { SqlFailure } from './sql-failure.ts';

/** A step with what its down file says that it loses. */
export interface LosingStep {
	readonly tag: string;
	readonly loses: readonly Loss[];
}

/**
 * Counts what reverting would throw away now. What the up has thrown away already, and what is not there any more, is left out.
 * Row-level security is not applied, so that no row is overlooked.
 * @throws CompanionError `DATA_LOSS` when the role may not count
 */
export async function countLosses(
	session: Session,
	steps: readonly LosingStep[],
): Promise<readonly CountedLoss[]> {
	const counted: CountedLoss[] = [];
	for (const { tag, loses } of steps) {
		for (const loss of loses.filter(({ isLostByUp }) => !isLostByUp)) {
			const count = await countLoss(session, loss);
			if (count !== 'gone') counted.push({ tag, loss, ...count });
		}
	}
	return counted;
}

async function countLoss(session: Session, loss: Loss): Promise<{ rows?: number; values?: number } | 'gone'> {
	const { schema, table, column } = loss;
	if (schema === undefined || table === undefined) return {};
	const name = `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
	if (!(await exists(session, name, column))) return 'gone';
	const counts =
		column === undefined
			? 'count(*) AS rows'
			: `count(*) AS rows, count(${quoteIdentifier(column)}) AS values`;
	const row = await select(session, loss, `SELECT ${counts} FROM ${name}`);
	return { rows: Number(row.rows), ...(column === undefined ? {} : { values: Number(row.values) }) };
}

/** A materialized view or a foreign table has rows to count, too, but they are not its own. */
async function exists(session: Session, name: string, column: string | undefined): Promise<boolean> {
	const isColumn =
		column === undefined
			? ''
			: ` AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = ${quoteLiteral(column)} AND NOT a.attisdropped)`;
	const [rows = []] = await session.run(
		`SELECT FROM pg_class c WHERE c.oid = to_regclass(${quoteLiteral(name)}) AND c.relkind IN ('r', 'p')${isColumn}`,
	);
	return rows.length > 0;
}

async function select(session: Session, loss: Loss, query: string) {
	try {
		const results = await session.run(`BEGIN READ ONLY; SET LOCAL row_security = off; ${query}; COMMIT`);
		return results[2]?.[0] ?? {};
	} catch (error) {
		if (!(error instanceof SqlFailure) || error.isConnectionLost) throw error;
		await session.run('ROLLBACK');
		throw new CompanionError(
			'DATA_LOSS',
			`What a rollback would lose of ${loss.subject} cannot be counted: ${error.message}.`,
			{
				hint: 'Run the rollback as a role that may read the table, so that nobody is surprised by what is lost.',
				details: { loss: loss.subject, sqlState: error.sqlState },
				cause: error,
			},
		);
	}
}
