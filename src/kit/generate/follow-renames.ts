import { quote, writeTableName } from './apply-rename.ts';
import { type NameChange, orderNameChanges } from './order-name-changes.ts';
import type { Snapshot, SnapshotTable } from './snapshot.ts';

/**
 * Lets the names that drizzle-kit derives from table and column names follow a rename: constraints, indexes and identity
 * sequences that TypeScript has under another name but otherwise unchanged are renamed in the snapshot, in place, and by
 * the SQL that is given back. drizzle-kit would drop and build them again.
 */
export function followRenames(previous: Snapshot, current: Snapshot): string[] {
	const changes = Object.entries(previous.tables).flatMap(([key, before]) => {
		const after = current.tables[key];
		return after === undefined ? [] : followInTable(before, after);
	});
	return orderNameChanges(changes);
}

type WriteRename = NameChange['write'];

function followInTable(before: SnapshotTable, after: SnapshotTable): NameChange[] {
	const table = writeTableName(before.schema, before.name);
	const schema = before.schema || 'public';
	const renameConstraint: WriteRename = (from, to) =>
		`ALTER TABLE ${table} RENAME CONSTRAINT ${quote(from)} TO ${quote(to)};`;
	const renameIndex: WriteRename = (from, to) =>
		`ALTER INDEX ${writeTableName(before.schema, from)} RENAME TO ${quote(to)};`;
	const renameSequence: WriteRename = (from, to) =>
		`ALTER SEQUENCE ${writeTableName(before.schema, from)} RENAME TO ${quote(to)};`;
	const follow = <Part extends { name: string }>(
		write: WriteRename,
		parts: Record<string, Part> = {},
		wanted: Record<string, Part> = {},
	) => followInPart(parts, wanted).map((names) => ({ schema, ...names, write }));
	return [
		...follow(renameConstraint, before.foreignKeys, after.foreignKeys),
		...follow(renameConstraint, before.compositePrimaryKeys, after.compositePrimaryKeys),
		...follow(renameConstraint, before.uniqueConstraints, after.uniqueConstraints),
		...follow(renameConstraint, before.checkConstraints, after.checkConstraints),
		...follow(renameIndex, before.indexes, after.indexes),
		...followIdentities(before, after).map((names) => ({ schema, ...names, write: renameSequence })),
	];
}

type Names = Pick<NameChange, 'from' | 'to'>;

function followInPart<Part extends { name: string }>(
	before: Record<string, Part>,
	after: Record<string, Part>,
): Names[] {
	const names: Names[] = [];
	const gone = Object.values(before).filter(({ name }) => after[name] === undefined);
	for (const created of Object.values(after).filter(({ name }) => before[name] === undefined)) {
		const index = gone.findIndex((each) => define(each) === define(created));
		const [match] = index < 0 ? [] : gone.splice(index, 1);
		if (match === undefined) continue;
		delete before[match.name];
		before[created.name] = { ...match, name: created.name };
		if (cutName(match.name) !== cutName(created.name)) names.push({ from: match.name, to: created.name });
	}
	return names;
}

function followIdentities(before: SnapshotTable, after: SnapshotTable): Names[] {
	return Object.values(before.columns).flatMap(({ name, identity }) => {
		const wanted = after.columns[name]?.identity;
		if (identity === undefined || wanted === undefined || identity.name === wanted.name) return [];
		const from = identity.name;
		identity.name = wanted.name;
		return cutName(from) === cutName(wanted.name) ? [] : [{ from, to: wanted.name }];
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
