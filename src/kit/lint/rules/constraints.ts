import type { SyntaxNode } from '../../sql/parse-statements.ts';
import { quoteIdentifier, quoteQualified } from '../../sql/quote-identifier.ts';
import { type Alteration, readAlterations } from '../read-alterations.ts';
import type { Hit, LintedMigration, LintedStatement, Rule, UnindexedForeignKey } from '../rule.ts';

export const constraintNotValid: Rule = {
	id: 'constraint-without-not-valid',
	severity: 'error',
	why: 'Every row is checked while nobody can write the table; with a check, while nobody can read it either.',
	find: (migration) =>
		listAddedConstraints(migration, 'CONSTR_CHECK', 'CONSTR_FOREIGN')
			.filter(({ constraint }) => !constraint.skip_validation && constraint.is_enforced !== false)
			.map(({ alteration, constraint, name }) => ({
				statement: alteration.statement,
				what: `${constraint.contype === 'CONSTR_FOREIGN' ? 'Foreign key' : 'Check'} ${name} is added to ${alteration.printed} and checks all its rows at once.`,
				how: 'Add it as NOT VALID, which is instant, and VALIDATE it in a later migration, which lets everybody work: `pnpm db:generate --safe` writes it so.',
				...(constraint.conname === undefined || alteration.statement.node.cmds.length > 1
					? {}
					: {
							sql: [
								`${alteration.statement.text} NOT VALID;`,
								`ALTER TABLE ${alteration.printed} VALIDATE CONSTRAINT ${quoteIdentifier(constraint.conname)};`,
							],
						}),
			})),
};

export const validateTogether: Rule = {
	id: 'validate-in-same-transaction',
	severity: 'warning',
	why: 'A strong lock that the transaction has taken before is held while all rows are read: NOT VALID has gained nothing.',
	find: (migration) => {
		if (migration.isStatementwise || migration.nonTransactional.length > 0) return [];
		const added = new Set(
			listAddedConstraints(migration, 'CONSTR_CHECK', 'CONSTR_FOREIGN').map(
				({ alteration, constraint }) => `${alteration.table} ${constraint.conname}`,
			),
		);
		return readAlterations(migration)
			.filter(({ kind }) => kind === 'AT_ValidateConstraint')
			.flatMap(({ statement, table, printed, command }): readonly Hit[] => {
				const isAdded = added.has(`${table} ${command.name}`);
				const locked = isAdded ? undefined : findLockedBefore(migration, statement);
				if (!isAdded && locked === undefined) return [];
				const name = `Constraint ${quoteIdentifier(command.name)} of ${printed}`;
				return [
					{
						statement,
						what: isAdded
							? `${name} is validated in the transaction that adds it.`
							: `${name} is validated while the transaction keeps others out of ${locked}.`,
						how: 'Move VALIDATE CONSTRAINT into a migration of its own.',
					},
				];
			});
	},
};

/** A table that an earlier statement was seen to lock so that nobody can read or write it. */
function findLockedBefore({ statements }: LintedMigration, { start }: LintedStatement): string | undefined {
	const [found] = statements
		.filter((statement) => statement.start < start)
		.flatMap(({ locks }) => locks?.effects ?? [])
		.filter(({ kind, lock }) => lock === 'ACCESS EXCLUSIVE' && kind.endsWith('table'));
	return found === undefined ? undefined : quoteQualified(found.schema, found.name);
}

export const uniqueConstraint: Rule = {
	id: 'unique-without-index',
	severity: 'error',
	why: 'Its index is built while nobody can read or write the table.',
	find: (migration) =>
		listAddedConstraints(migration, 'CONSTR_UNIQUE', 'CONSTR_PRIMARY')
			.filter(({ constraint }) => constraint.indexname === undefined)
			.map(({ alteration, constraint, name }) => ({
				statement: alteration.statement,
				what: `${constraint.contype === 'CONSTR_PRIMARY' ? 'Primary key' : 'Unique constraint'} ${name} is added to ${alteration.printed} and builds its index at once.`,
				how: 'Build the index with CREATE UNIQUE INDEX CONCURRENTLY in a migration of its own, then add the constraint USING INDEX.',
				...writeUsingIndex(alteration, constraint),
			})),
};

function writeUsingIndex(
	{ printed }: Alteration,
	{ contype, conname, keys }: SyntaxNode,
): { readonly sql?: readonly string[] } {
	if (conname === undefined || keys === undefined) return {};
	const [name, columns] = [
		quoteIdentifier(conname),
		keys.map((key: SyntaxNode) => quoteIdentifier(key.String.sval)).join(', '),
	];
	const kind = contype === 'CONSTR_PRIMARY' ? 'PRIMARY KEY' : 'UNIQUE';
	return {
		sql: [
			`CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${printed} (${columns});`,
			`ALTER TABLE ${printed} ADD CONSTRAINT ${name} ${kind} USING INDEX ${name};`,
		],
	};
}

export const exclusionConstraint: Rule = {
	id: 'exclusion-constraint',
	severity: 'error',
	why: 'Its index is built while nobody can read or write the table, and for exclusion constraints there is no concurrent way.',
	find: (migration) =>
		listAddedConstraints(migration, 'CONSTR_EXCLUSION').map(({ alteration, name }) => ({
			statement: alteration.statement,
			what: `Exclusion constraint ${name} is added to ${alteration.printed}.`,
			how: 'Make a new table with it, copy the rows in batches, and swap the names; or accept the wait at a quiet hour.',
		})),
};

export const foreignKeyIndex: Rule = {
	id: 'foreign-key-without-index',
	severity: 'warning',
	why: 'Each DELETE or key UPDATE in the referenced table reads all of this one to look for rows that refer to it.',
	find: ({ statements, unindexedForeignKeys = [] }) =>
		unindexedForeignKeys.flatMap((key): readonly Hit[] => {
			const statement = statements.find((each) => makesForeignKey(each, key)) ?? statements.at(-1);
			if (statement === undefined) return [];
			const columns = key.columns.map(quoteIdentifier).join(', ');
			const table = quoteQualified(key.schema, key.table);
			return [
				{
					statement,
					what: `Foreign key ${quoteIdentifier(key.constraint)} of ${table} (${columns}) has no index.`,
					how: 'Add an index that begins with these columns to the TypeScript table: `index().on(…)`.',
					sql: [`CREATE INDEX CONCURRENTLY ON ${table} (${columns});`],
				},
			];
		}),
};

function makesForeignKey(
	{ kind, node, text }: LintedStatement,
	{ table, constraint }: UnindexedForeignKey,
): boolean {
	if (text.includes(constraint)) return true;
	return (
		(kind === 'CreateStmt' || kind === 'AlterTableStmt') &&
		node.relation?.relname === table &&
		/\breferences\b/i.test(text)
	);
}

interface AddedConstraint {
	readonly alteration: Alteration;
	readonly constraint: SyntaxNode;
	/** `of users` where it has none. */
	readonly name: string;
}

function listAddedConstraints(
	migration: LintedMigration,
	...kinds: readonly string[]
): readonly AddedConstraint[] {
	return readAlterations(migration).flatMap((alteration) => {
		const constraint =
			alteration.kind === 'AT_AddConstraint' ? alteration.command.def?.Constraint : undefined;
		if (constraint === undefined || !kinds.includes(constraint.contype)) return [];
		return [
			{
				alteration,
				constraint,
				name: constraint.conname === undefined ? 'without a name' : quoteIdentifier(constraint.conname),
			},
		];
	});
}
