import { rankLock } from '../../locks/lock-mode.ts';
import type { RelationEffect } from '../../locks/statement-locks.ts';
import { quoteQualified } from '../../sql/quote-identifier.ts';
import { findNodes } from '../../sql/walk-nodes.ts';
import { nameFromList, nameRelation, printName } from '../name-relation.ts';
import { readAlterations } from '../read-alterations.ts';
import type { Hit, LintedMigration, LintedStatement, Rule } from '../rule.ts';

export const enumValueUsed: Rule = {
	id: 'enum-value-used-at-once',
	severity: 'warning',
	why: 'PostgreSQL allows it only after a commit, so the file runs statement by statement and a failure leaves half of it; drizzle-orm’s own migrator fails (55P04).',
	find: ({ nonTransactional }) =>
		nonTransactional
			.filter(({ statement }) => statement.kind === 'AlterEnumStmt')
			.map(({ statement }) => ({
				statement,
				what: `The new enum value '${statement.node.newVal}' is used in the migration that adds it.`,
				how: 'Add the value in a migration of its own, before this one.',
			})),
};

export const notAtomic: Rule = {
	id: 'not-atomic',
	severity: 'warning',
	why: 'The whole file runs statement by statement: a failure leaves what came before it, and the next run goes on from there.',
	find: ({ nonTransactional, statements }) => {
		const [first] = nonTransactional.filter(
			({ statement }) => statement.kind !== 'AlterEnumStmt' && statement.kind !== 'TransactionStmt',
		);
		if (first === undefined || statements.length === 1) return [];
		return [
			{
				statement: first.statement,
				what: `${first.why}, and the file has ${statements.length} statements.`,
				how: 'Put it in a migration of its own.',
				isWholeFile: true,
			},
		];
	},
};

export const transactionControl: Rule = {
	id: 'transaction-control',
	severity: 'error',
	why: 'The migration and its ledger row no longer stand or fall together.',
	find: ({ statements }) =>
		statements
			.filter(
				({ kind, node }) => kind === 'TransactionStmt' && !/SAVEPOINT|RELEASE|ROLLBACK_TO/.test(node.kind),
			)
			.map((statement) => ({
				statement,
				what: `The file holds ${statement.text.split(/\s+/)[0]?.toUpperCase()}, which takes the transaction out of the runner's hands.`,
				how: 'Remove it: each migration runs in one transaction. To run outside of one, write `-- companion: no-transaction` at the top.',
			})),
};

export const severalExclusiveLocks: Rule = {
	id: 'several-exclusive-locks',
	severity: 'warning',
	why: 'The locks are collected one by one and held to the end: a query that takes the same tables in another order is a deadlock, and everybody waits for the slowest.',
	find: (migration) => {
		if (migration.isStatementwise || migration.nonTransactional.length > 0) return [];
		const locked = listExclusiveLocks(migration);
		const tables = [...new Set(locked.map(({ table }) => table))];
		const second = locked.find(({ table }) => table !== tables[0]);
		if (second === undefined) return [];
		return [
			{
				statement: second.statement,
				what: `One transaction keeps everybody out of ${tables.length} tables: ${tables.map(printName).join(', ')}.`,
				how: 'Split the migration, one table each.',
				isWholeFile: true,
			},
		];
	},
};

interface ExclusiveLock {
	readonly statement: LintedStatement;
	readonly table: string;
}

function listExclusiveLocks(migration: LintedMigration): readonly ExclusiveLock[] {
	const isMeasured = migration.statements.every(({ locks }) => locks !== undefined);
	if (!isMeasured) return readAlterations(migration).filter(({ kind }) => !WEAKER.has(kind));
	return migration.statements.flatMap((statement) =>
		(statement.locks?.effects ?? [])
			.filter(({ lock, kind }) => lock === 'ACCESS EXCLUSIVE' && TABLES.has(kind))
			.map(({ schema, name }) => ({ statement, table: `${schema}.${name}` })),
	);
}

const TABLES: ReadonlySet<RelationEffect['kind']> = new Set([
	'table',
	'partitioned table',
	'materialized view',
	'foreign table',
]);

/** Commands of `ALTER TABLE` that let others read. */
const WEAKER = new Set([
	'AT_ValidateConstraint',
	'AT_SetStatistics',
	'AT_EnableTrig',
	'AT_DisableTrig',
	'AT_SetRelOptions',
]);

export const locksOtherTable: Rule = {
	id: 'locks-other-table',
	severity: 'warning',
	why: 'Who reads the statement does not see that another table is locked with it.',
	find: ({ statements }) =>
		statements.flatMap((statement): readonly Hit[] => {
			const named = listNames(statement);
			return (statement.locks?.effects ?? [])
				.filter(
					({ lock, kind, name }) =>
						rankLock(lock) >= rankLock('SHARE') && TABLES.has(kind) && !named.has(name),
				)
				.map(({ schema, name, lock }) => ({
					statement,
					what: `The statement also takes ${lock} on ${quoteQualified(schema, name)}.`,
					how: 'Expect it: run the migration when that table is quiet, or split it off so that the lock is short.',
				}));
		}),
};

function listNames({ kind, node }: LintedStatement): ReadonlySet<string> {
	const written = findNodes(
		{ [kind]: node },
		(name) => name === 'RangeVar' || name === 'relation' || name === 'pktable' || name === 'rel',
	);
	const dropped =
		kind === 'DropStmt' ? findNodes(node.objects, 'List').map(({ items }) => nameFromList(items ?? [])) : [];
	return new Set(
		[...written, node.relation]
			.map(nameRelation)
			.concat(dropped)
			.map((name) => name.slice(name.indexOf('.') + 1)),
	);
}

export const rewritesTable: Rule = {
	id: 'rewrites-table',
	severity: 'error',
	why: 'The whole table and its indexes are written anew while nobody can read or write it.',
	find: ({ statements }) =>
		statements
			.filter(
				({ kind, node }) => !EXPLAINED.has(kind) && !(kind === 'AlterTableStmt' && isExplained(node.cmds)),
			)
			.flatMap((statement): readonly Hit[] =>
				(statement.locks?.effects ?? [])
					.filter(({ isRewritten, kind }) => isRewritten && kind !== 'index' && kind !== 'sequence')
					.map(({ schema, name }) => ({
						statement,
						what: `The statement rewrites ${quoteQualified(schema, name)}.`,
						how: 'Do it at a quiet hour, or on a copy that takes the name of the table at the end.',
					})),
			),
};

const EXPLAINED = new Set(['TruncateStmt', 'RefreshMatViewStmt']);

function isExplained(
	commands: readonly { readonly AlterTableCmd?: { readonly subtype?: string } }[] = [],
): boolean {
	return commands.some(({ AlterTableCmd }) =>
		['AT_AddColumn', 'AT_AlterColumnType'].includes(AlterTableCmd?.subtype ?? ''),
	);
}

export const dataAndSchema: Rule = {
	id: 'data-and-schema-change',
	severity: 'warning',
	why: 'The locks of the schema change are held while rows are changed, and the way back does not undo the rows.',
	find: (migration) => {
		const made = new Set(migration.statements.flatMap(({ newTables }) => [...newTables]));
		const change = migration.dataChanges.find(
			({ table }) => table === undefined || !made.has(qualify(table)),
		);
		if (change === undefined || !changesExisting(migration)) return [];
		return [
			{
				statement: change.statement,
				what: `${change.verb}${change.table === undefined ? '' : ` of ${change.table}`} stands in one migration with changes of the schema.`,
				how: 'Put the change of data into a migration of its own: pnpm db:generate --custom.',
				isWholeFile: true,
			},
		];
	},
};

function qualify(table: string): string {
	return table.includes('.') ? table : `public.${table}`;
}

/** Whether the migration changes the schema of something that others use. */
function changesExisting(migration: LintedMigration): boolean {
	return (
		readAlterations(migration).length > 0 ||
		migration.statements.some(
			({ kind, node, newTables }) =>
				(kind === 'IndexStmt' && !newTables.has(nameRelation(node.relation))) ||
				(kind === 'RenameStmt' && node.relation && !newTables.has(nameRelation(node.relation))) ||
				kind === 'DropStmt',
		)
	);
}
