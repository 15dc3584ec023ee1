import { nameRelation, printRelation } from '../name-relation.ts';
import { findEffect } from '../read-alterations.ts';
import type { Rule } from '../rule.ts';

export const indexConcurrently: Rule = {
	id: 'index-without-concurrently',
	severity: 'error',
	why: 'Nobody can write the table until the index is built.',
	find: ({ statements }) =>
		statements
			.filter(
				({ kind, node, newTables }) =>
					kind === 'IndexStmt' && !node.concurrent && !newTables.has(nameRelation(node.relation)),
			)
			.map((statement) => {
				const { node, text } = statement;
				const isPartitioned = findEffect(statement, node.relation)?.kind === 'partitioned table';
				return {
					statement,
					what: `An index on ${printRelation(node.relation)} is built without CONCURRENTLY.`,
					how: isPartitioned
						? 'Create it ON ONLY the parent, build it CONCURRENTLY on each partition, and attach those with ALTER INDEX … ATTACH PARTITION.'
						: 'Put CREATE INDEX CONCURRENTLY in a migration of its own, which is run outside a transaction: `pnpm db:generate --safe` writes it so.',
					...(isPartitioned
						? {}
						: { sql: [`${text.replace(/^(create\s+(?:unique\s+)?index)\b/i, '$1 CONCURRENTLY')};`] }),
				};
			}),
};

export const dropIndexConcurrently: Rule = {
	id: 'drop-index-without-concurrently',
	severity: 'warning',
	why: 'It waits for every running query on the table, and everybody else waits behind it.',
	find: ({ statements }) =>
		statements
			.filter(
				({ kind, node }) => kind === 'DropStmt' && node.removeType === 'OBJECT_INDEX' && !node.concurrent,
			)
			.filter(
				({ locks }) => locks === undefined || locks.effects.some(({ lock }) => lock === 'ACCESS EXCLUSIVE'),
			)
			.map((statement) => ({
				statement,
				what: 'An index is dropped without CONCURRENTLY.',
				how: 'Put DROP INDEX CONCURRENTLY in a migration of its own: `pnpm db:generate --safe` writes it so.',
				sql: [`${statement.text.replace(/^(drop\s+index)\b/i, '$1 CONCURRENTLY')};`],
			})),
};

export const reindexConcurrently: Rule = {
	id: 'reindex-without-concurrently',
	severity: 'error',
	why: 'Nobody can write the table, or use the index, until it is built anew.',
	find: ({ statements }) =>
		statements
			.filter(({ kind, node }) => kind === 'ReindexStmt' && !isConcurrent(node.params))
			.map((statement) => ({
				statement,
				what: 'An index is built anew without CONCURRENTLY.',
				how: 'Write REINDEX (CONCURRENTLY) in a migration of its own.',
			})),
};

function isConcurrent(
	parameters: readonly { readonly DefElem?: { readonly defname?: string } }[] = [],
): boolean {
	return parameters.some(({ DefElem }) => DefElem?.defname === 'concurrently');
}

export const refreshConcurrently: Rule = {
	id: 'refresh-without-concurrently',
	severity: 'warning',
	why: 'Nobody can read the materialized view until it is filled.',
	find: ({ statements }) =>
		statements
			.filter(
				({ kind, node, newTables }) =>
					kind === 'RefreshMatViewStmt' &&
					!node.concurrent &&
					!node.skipData &&
					!newTables.has(nameRelation(node.relation)),
			)
			.map((statement) => ({
				statement,
				what: `Materialized view ${printRelation(statement.node.relation)} is refreshed without CONCURRENTLY.`,
				how: 'Give it a unique index and write REFRESH MATERIALIZED VIEW CONCURRENTLY.',
			})),
};
