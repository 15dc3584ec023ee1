import { describe, expect, it } from 'vitest';
import { compareObservations } from '../../src/kit/locks/compare-observations.ts';
import type { LockMode } from '../../src/kit/locks/lock-mode.ts';
import type { Observation, ObservedRelation } from '../../src/kit/locks/observe-relations.ts';

const table: ObservedRelation = {
	...{ oid: '16400', schema: 'public', name: 't', kind: 'table', file: '16400', scans: 0 },
};
const index: ObservedRelation = {
	...{ oid: '16401', schema: 'public', name: 't_n', kind: 'index', file: '16401', scans: 0 },
	tableOid: table.oid,
};

function observe(...relations: readonly ObservedRelation[]): Observation {
	return { relations: new Map(relations.map((relation) => [relation.oid, relation])), locks: new Map() };
}

function compareIndex(after: readonly ObservedRelation[]) {
	return compareObservations({
		before: observe(table, index),
		after: observe(table, ...after),
		locks: new Map<string, Set<LockMode>>([
			[table.oid, new Set(['SHARE UPDATE EXCLUSIVE'])],
			[index.oid, new Set(['ACCESS EXCLUSIVE'])],
		]),
		existing: new Set([table.oid, index.oid]),
	}).filter(({ kind }) => kind === 'index');
}

describe('an index that is locked harder than its table', () => {
	it('is named with its lock while it stays', () => {
		expect(compareIndex([index])).toMatchObject([
			{ name: 't_n', lock: 'ACCESS EXCLUSIVE', isRewritten: false },
		]);
	});

	it('is named without a lock when another has taken its place, as REINDEX CONCURRENTLY does', () => {
		const effects = compareIndex([{ ...index, oid: '16500', file: '16500' }]);
		expect(effects).toMatchObject([{ name: 't_n', isRewritten: true }]);
		expect(effects[0]?.lock).toBeUndefined();
	});
});
