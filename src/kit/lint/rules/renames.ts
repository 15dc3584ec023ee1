import { quoteIdentifier } from '../../sql/quote-identifier.ts';
import { nameRelation, printRelation } from '../name-relation.ts';
import type { Hit, LintedStatement, Rule } from '../rule.ts';

export const renameBreaksCode: Rule = {
	id: 'rename-breaks-code',
	severity: 'error',
	why: 'Code that is running while the migration does its work knows the old name only, and fails until it is replaced; so does code that is put back.',
	find: ({ statements }) =>
		statements.flatMap((statement): readonly Hit[] => {
			const found = describeRename(statement);
			return found === undefined ? [] : [{ statement, ...found }];
		}),
};

function describeRename({ kind, node, newTables }: LintedStatement): Pick<Hit, 'what' | 'how'> | undefined {
	if (kind === 'AlterObjectSchemaStmt' && node.relation && !newTables.has(nameRelation(node.relation)))
		return {
			what: `${printRelation(node.relation)} moves to schema ${quoteIdentifier(node.newschema)}.`,
			how: 'Leave a view of the old name behind for one release, or list both schemas in search_path until no running code uses the old one.',
		};
	if (kind !== 'RenameStmt') return undefined;
	const { renameType, relation, subname, newname } = node;
	if (renameType === 'OBJECT_SCHEMA')
		return {
			what: `Schema ${quoteIdentifier(subname)} is renamed to ${quoteIdentifier(newname)}.`,
			how: 'Make the new schema, move the tables one by one, and leave views behind for one release.',
		};
	if (!relation || newTables.has(nameRelation(relation))) return undefined;
	const name = printRelation(relation);
	if (renameType === 'OBJECT_COLUMN')
		return {
			what: `Column ${name}.${quoteIdentifier(subname)} is renamed to ${quoteIdentifier(newname)}.`,
			how: 'Expand and contract: add the new column, keep both in step with a trigger, release code that uses the new one, then drop the old one. With nobody running the old code, allow the rule.',
		};
	return RELATIONS.has(renameType)
		? {
				what: `${name} is renamed to ${quoteIdentifier(newname)}.`,
				how: `Leave a view of the old name behind for one release: CREATE VIEW ${name} AS SELECT * FROM ${quoteIdentifier(newname)}. With nobody running the old code, allow the rule.`,
			}
		: undefined;
}

const RELATIONS = new Set(['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW']);
