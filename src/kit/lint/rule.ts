import type { Migration } from '../journal/migration.ts';
import type { StatementLocks } from '../locks/statement-locks.ts';
import type { DataChange } from '../sql/find-data-changes.ts';
import type { Statement } from '../sql/parse-statements.ts';
import type { NonTransactional } from '../sql/transactionality.ts';
import type { Severity } from './finding.ts';
import type { NewTables } from './new-tables.ts';
import type { SchemaBefore } from './schema-before.ts';

/** A migration as the rules see it. */
export interface LintedMigration {
	readonly migration: Migration;
	readonly statements: readonly LintedStatement[];
	/** The statements that PostgreSQL refuses inside a transaction; any one makes the whole file run statement by statement. */
	readonly nonTransactional: readonly NonTransactional[];
	/** Whether the file asks by itself to be run statement by statement. */
	readonly isStatementwise: boolean;
	readonly dataChanges: readonly DataChange[];
	/** What is known of the schema before it. */
	readonly before: SchemaBefore;
	/** Foreign keys that it makes and no index serves; absent where nobody looked. */
	readonly unindexedForeignKeys?: readonly UnindexedForeignKey[];
}

export interface LintedStatement extends Statement {
	/** Tables that the migration has made before this statement: nobody uses them yet. */
	readonly newTables: NewTables;
	/** What it locks, rewrites and scans; absent where it was not measured. */
	readonly locks?: StatementLocks;
}

export interface UnindexedForeignKey {
	readonly schema: string;
	readonly table: string;
	readonly constraint: string;
	readonly columns: readonly string[];
}

/** One thing that is looked for in migrations. */
export interface Rule {
	/** Kebab case; what `-- companion: allow` names. */
	readonly id: string;
	readonly severity: Severity;
	/** Why it matters. */
	readonly why: string;
	/** Where it fires. */
	readonly find: (migration: LintedMigration) => readonly Hit[];
}

/** One place where a rule fires. */
export interface Hit {
	readonly statement: Statement;
	readonly what: string;
	readonly how: string;
	/** The safe form. */
	readonly sql?: readonly string[];
	/** Said of the whole migration: an allowance anywhere in the file counts. */
	readonly isWholeFile?: boolean;
}
