import { type LockMode, rankLock, strongestLock } from './lock-mode.ts';
import type { LocksByRelation, Observation, ObservedRelation } from './observe-relations.ts';
import type { RelationEffect } from './statement-locks.ts';

export interface Comparison {
	readonly before: Observation;
	readonly after: Observation;
	/** Every lock seen, those held before the statement included. */
	readonly locks: LocksByRelation;
	/** The oids of what existed before the migration. */
	readonly existing: ReadonlySet<string>;
}

/** What a statement did to relations that existed before its migration, from what was seen before and after it. */
export function compareObservations({
	before,
	after,
	locks,
	existing,
}: Comparison): readonly RelationEffect[] {
	const known = [...before.relations.values()].filter(({ oid }) => existing.has(oid));
	const rewritten = new Set(known.filter((relation) => isRewritten(relation, after)).map(({ oid }) => oid));
	const lockOn = (oid: string): LockMode | undefined =>
		strongestLock([...(locks.get(oid) ?? [])].filter((mode) => !before.locks.get(oid)?.has(mode)));
	return known
		.flatMap((relation) => {
			const { oid, schema, name, kind } = relation;
			const lock = lockOn(oid);
			const effect: RelationEffect = {
				...{ schema, name, kind },
				...(lock === undefined ? {} : { lock }),
				isRewritten: rewritten.has(oid),
				isScanned: kind !== 'index' && isScanned(relation, after),
			};
			const { tableOid } = relation;
			if (tableOid === undefined) return isTouched(effect) ? [effect] : [];
			const table = { lock: lockOn(tableOid), isRewritten: rewritten.has(tableOid) };
			return pickIndexEffect(effect, table, after.relations.has(oid));
		})
		.sort((one, other) => rankLock(other.lock) - rankLock(one.lock) || (one.name < other.name ? -1 : 1));
}

/** A new file for the same relation; or an index dropped and built again under its name, as a change of type does. */
function isRewritten(
	{ oid, file, kind, schema, name }: ObservedRelation,
	{ relations }: Observation,
): boolean {
	const same = relations.get(oid);
	if (same !== undefined) return file !== '0' && same.file !== file;
	if (kind !== 'index') return false;
	const successor = [...relations.values()].find((other) => other.schema === schema && other.name === name);
	return successor !== undefined && successor.file !== file;
}

function isScanned({ oid, scans }: ObservedRelation, { relations }: Observation): boolean {
	return (relations.get(oid)?.scans ?? 0) > scans;
}

function isTouched({ lock, isRewritten, isScanned }: RelationEffect): boolean {
	return lock !== undefined || isRewritten || isScanned;
}

/**
 * An index goes with its table: it is named only when it alone is written anew, or is locked so that nobody can plan a query on the
 * table although the table itself is locked less. The dead index that REINDEX CONCURRENTLY removes last is locked for an instant when
 * no query looks at it any more, which an observer sees or does not see: that keeps nobody away.
 */
function pickIndexEffect(
	{ lock, ...effect }: RelationEffect,
	table: { readonly lock: LockMode | undefined; readonly isRewritten: boolean },
	isStillThere: boolean,
): readonly RelationEffect[] {
	const isBlocking = isStillThere && lock === 'ACCESS EXCLUSIVE' && table.lock !== 'ACCESS EXCLUSIVE';
	if (!isBlocking && (!effect.isRewritten || table.isRewritten)) return [];
	return [isBlocking ? { ...effect, lock } : effect];
}
