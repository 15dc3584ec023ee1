import { computeChecksum } from '../journal/checksum.ts';
import type { Snapshot } from './snapshot.ts';

/** Says whether two snapshots describe one schema, whatever their ids. */
export function isSameSchema(one: Snapshot, other: Snapshot): boolean {
	return isSameJson(pickSchema(one), pickSchema(other));
}

/** What tells a schema from every other, whatever the ids of its snapshot. */
export function identifySchema(snapshot: Snapshot): string {
	return computeChecksum(sortKeys(pickSchema(snapshot)));
}

/** Says whether two values are the same as JSON, the order of keys apart. */
export function isSameJson(one: unknown, other: unknown): boolean {
	return sortKeys(one) === sortKeys(other);
}

function pickSchema({ tables, enums, schemas, sequences, roles, policies, views }: Snapshot) {
	return { tables, enums, schemas, sequences, roles, policies, views };
}

function sortKeys(value: unknown): string {
	return JSON.stringify(value, (_key, each) =>
		typeof each === 'object' && each !== null && !Array.isArray(each)
			? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
			: each,
	);
}
