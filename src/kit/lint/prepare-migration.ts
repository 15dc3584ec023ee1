import type { Migration } from '../journal/migration.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import { endStatementsAtBreakpoints } from '../sql/end-statements-at-breakpoints.ts';
import { findDataChanges } from '../sql/find-data-changes.ts';
import { hasNoTransactionDirective } from '../sql/needs-no-transaction.ts';
import { parseStatements } from '../sql/parse-statements.ts';
import { findNonTransactional } from '../sql/transactionality.ts';
import { followNewTables } from './new-tables.ts';
import type { LintedMigration, UnindexedForeignKey } from './rule.ts';
import { type SchemaBefore, UNKNOWN_SCHEMA } from './schema-before.ts';

/** What is known of a migration beside its file. */
export interface MigrationFacts {
	readonly before?: SchemaBefore;
	readonly locks?: readonly StatementLocks[];
	readonly unindexedForeignKeys?: readonly UnindexedForeignKey[];
}

/**
 * A migration as the rules see it, its SQL taken apart.
 * @throws SqlSyntaxError
 */
export async function prepareMigration(
	migration: Migration,
	facts: MigrationFacts = {},
): Promise<LintedMigration> {
	const sql = endStatementsAtBreakpoints(migration.up?.sql ?? '');
	const statements = await parseStatements(sql);
	const newTables = followNewTables(statements);
	const locks = new Map(facts.locks?.map((each) => [each.start, each]));
	return {
		migration,
		statements: statements.map((statement, place) => {
			const measured = locks.get(statement.start);
			return {
				...statement,
				newTables: newTables[place] ?? new Set(),
				...(measured === undefined ? {} : { locks: measured }),
			};
		}),
		nonTransactional: await findNonTransactional(sql),
		isStatementwise: hasNoTransactionDirective(sql),
		dataChanges: await findDataChanges(sql),
		before: facts.before ?? UNKNOWN_SCHEMA,
		...(facts.unindexedForeignKeys === undefined ? {} : { unindexedForeignKeys: facts.unindexedForeignKeys }),
	};
}
