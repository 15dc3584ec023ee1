import { quote, writeTableName } from './apply-rename.ts';
import type { Snapshot, SnapshotTable } from './snapshot.ts';

/**
 * Lets the names that drizzle-kit derives from table and column names follow a rename: constraints, indexes and identity
 * sequences that TypeScript has under another name but otherwise unchanged are renamed in the snapshot, in place, and by
 * the SQL that is given back. drizzle-kit would drop and build them again.
 */
export function followRenames(previous: Snapshot, current: Snapshot): string[] {
	return Object.entries(previous.tables).flatMap(([key, before]) => {
		const after = current.tables[key];
		return after === undefined ? [] : followInTable(before, after);
	});
}

function followInTable(before: SnapshotTable, after: SnapshotTable): string[] {
	const table = writeTableName(before.schema, before.name);
	const renameConstraint = (from: string, to: string) =>
		`ALTER TABLE ${table} RENAME CONSTRAINT ${quote(from)} TO ${quote(to)};`;
	const renameIndex = (from: string, to: string) =>
		`ALTER INDEX ${writeTableName(before.schema, from)} RENAME TO ${quote(to)};`;
	return [
		...followInPart(before.foreignKeys, after.foreignKeys, renameConstraint),
		...followInPart(before.compositePrimaryKeys, after.compositePrimaryKeys, renameConstraint),
		...followInPart(before.uniqueConstraints, after.uniqueConstraints, renameConstraint),
		...followInPart(before.checkConstraints ?? {}, after.checkConstraints ?? {}, renameConstraint),
		...followInPart(before.indexes, after.indexes, renameIndex),
		...followIdentities(before, after),
	];
}

function followInPart<Part extends { name: string }>(
	before: Record<string, Part>,
	after: Record<string, Part>,
	write: (from: string, to: string) => string,
): string[] {
	const statements: string[] = [];
	const gone = Object.values(before).filter(({ name }) => after[name] === undefined);
	for (const created of Object.values(after).filter(({ name }) => before[name] === undefined)) {
		const index = gone.findIndex((each) => define(each) === define(created));
		const [match] = index < 0 ? [] : gone.splice(index, 1);
		if (match === undefined) continue;
		delete before[match.name];
		before[created.name] = { ...match, name: created.name };
		if (cutName(match.name) !== cutName(created.name)) statements.push(write(match.name, created.name));
	}
	return statements;
}

function followIdentities(before: SnapshotTable, after: SnapshotTable): string[] {
	return Object.values(before.columns).flatMap(({ name, identity }) => {
		const wanted = after.columns[name]?.identity;
		if (identity === undefined || wanted === undefined || identity.name === wanted.name) return [];
		const from = identity.name;
		identity.name = wanted.name;
		if (cutName(from) === cutName(wanted.name)) return [];
		return [`ALTER SEQUENCE ${writeTableName(before.schema, from)} RENAME TO ${quote(wanted.name)};`];
	});
}

function define(part: { name: string }): string {
	const entries = Object.entries(part).filter(([key, value]) => key !== 'name' && value !== undefined);
	return JSON.stringify(entries.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** PostgreSQL keeps the first 63 bytes of a name: two that agree there are one. */
function cutName(name: string): string {
	return Buffer.from(name).subarray(0, 63).toString('latin1');
}
