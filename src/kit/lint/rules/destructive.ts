import type { SyntaxNode } from '../../sql/parse-statements.ts';
import { quoteIdentifier } from '../../sql/quote-identifier.ts';
import { nameFromList, nameRelation, printName, printRelation } from '../name-relation.ts';
import { readAlterations } from '../read-alterations.ts';
import type { Hit, LintedStatement, Rule } from '../rule.ts';

const LATER =
	'First release code that no longer uses it, drop it in a later migration; `pnpm db:rollback` brings the object back, its data only where it was set aside.';

export const dropTable: Rule = {
	id: 'drop-table',
	severity: 'error',
	why: 'Its rows are gone for good, and code that is still running fails.',
	find: ({ statements }) =>
		statements.flatMap((statement) =>
			listDropped(statement, 'OBJECT_TABLE')
				.filter((name) => !statement.newTables.has(name))
				.map(
					(name): Hit => ({
						statement,
						what: `Table ${printName(name)} is dropped with its rows.`,
						how: LATER,
					}),
				),
		),
};

export const dropColumn: Rule = {
	id: 'drop-column',
	severity: 'error',
	why: 'Its values are gone for good, and code that is still running and selects it fails.',
	find: (migration) =>
		readAlterations(migration)
			.filter(({ kind }) => kind === 'AT_DropColumn')
			.map(({ statement, printed, command }) => ({
				statement,
				what: `Column ${printed}.${quoteIdentifier(command.name)} is dropped with its values.`,
				how: LATER,
			})),
};

export const dropSchema: Rule = {
	id: 'drop-schema',
	severity: 'error',
	why: 'Everything in it goes with CASCADE, whatever it is by then.',
	find: ({ statements }) =>
		statements.flatMap((statement) =>
			statement.kind === 'DropStmt' &&
			statement.node.removeType === 'OBJECT_SCHEMA' &&
			statement.node.behavior === 'DROP_CASCADE'
				? statement.node.objects.map(
						(object: SyntaxNode): Hit => ({
							statement,
							what: `Schema ${quoteIdentifier(object.String.sval)} is dropped with everything in it.`,
							how: 'Drop what it holds by name, in this or earlier migrations, then the schema without CASCADE.',
						}),
					)
				: [],
		),
};

export const deleteAllRows: Rule = {
	id: 'delete-all-rows',
	severity: 'error',
	why: 'The rows are gone for good; TRUNCATE also keeps everybody out of the table until the transaction ends.',
	find: ({ statements }) => statements.flatMap(findEmptied),
};

function findEmptied(statement: LintedStatement): readonly Hit[] {
	const { kind, node, newTables } = statement;
	const relations: readonly SyntaxNode[] =
		kind === 'TruncateStmt'
			? node.relations.map((item: SyntaxNode) => item.RangeVar)
			: kind === 'DeleteStmt' && node.whereClause === undefined && node.usingClause === undefined
				? [node.relation]
				: [];
	return relations
		.filter((relation) => !newTables.has(nameRelation(relation)))
		.map((relation) => ({
			statement,
			what: `All rows of ${printRelation(relation)} are deleted${node.behavior === 'DROP_CASCADE' ? ', and those of every table that refers to it' : ''}.`,
			how: 'Name the rows with WHERE and delete them in batches, outside the migration of the schema.',
		}));
}

function listDropped({ kind, node }: LintedStatement, type: string): readonly string[] {
	if (kind !== 'DropStmt' || node.removeType !== type) return [];
	return node.objects.map((object: SyntaxNode) => nameFromList(object.List?.items ?? []));
}
