import type { RelationEffect } from '../locks/statement-locks.ts';
import type { SyntaxNode } from '../sql/parse-statements.ts';
import { nameRelation, printRelation } from './name-relation.ts';
import type { LintedMigration, LintedStatement } from './rule.ts';

/** One command of an `ALTER TABLE` on a table that existed before the migration. */
export interface Alteration {
	readonly statement: LintedStatement;
	/** `schema.table`, unquoted. */
	readonly table: string;
	/** As people read it. */
	readonly printed: string;
	/** `AT_AddColumn`, `AT_SetNotNull`. */
	readonly kind: string;
	readonly command: SyntaxNode;
	/** What the whole statement does to this table; absent where it was not measured. */
	readonly effect?: RelationEffect;
}

/** Every command of `ALTER TABLE` on tables that the migration has not made itself. */
export function readAlterations({ statements }: LintedMigration): readonly Alteration[] {
	return statements.flatMap((statement) => {
		if (statement.kind !== 'AlterTableStmt' || !TABLES.has(statement.node.objtype)) return [];
		const { relation, cmds = [] } = statement.node;
		const table = nameRelation(relation);
		if (statement.newTables.has(table)) return [];
		const effect = findEffect(statement, relation);
		return cmds.map(({ AlterTableCmd: command }: SyntaxNode) => ({
			...{ statement, table, command },
			printed: printRelation(relation),
			kind: String(command.subtype),
			...(effect === undefined ? {} : { effect }),
		}));
	});
}

const TABLES = new Set(['OBJECT_TABLE', 'OBJECT_FOREIGN_TABLE', 'OBJECT_MATVIEW']);

/**
 * What a measured statement does to a relation. Absent where nothing was measured; where the statement does not touch the
 * relation, an effect of nothing.
 */
export function findEffect({ locks }: LintedStatement, relation: SyntaxNode): RelationEffect | undefined {
	if (locks === undefined || locks.failure !== undefined) return undefined;
	const { schemaname, relname } = relation;
	const found = locks.effects.find(
		({ schema, name, kind }) =>
			kind !== 'index' && name === relname && (schemaname === undefined || schema === schemaname),
	);
	return (
		found ?? {
			schema: schemaname ?? 'public',
			name: relname,
			kind: 'table',
			isRewritten: false,
			isScanned: false,
		}
	);
}
