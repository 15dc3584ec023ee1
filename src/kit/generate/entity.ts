import type { Snapshot, SnapshotTable } from './snapshot.ts';

/** The kinds of things that drizzle-kit can rename, in the order in which it asks. */
export const ENTITY_KINDS = [
	'schema',
	'enum',
	'sequence',
	'role',
	'table',
	'column',
	'policy',
	'view',
] as const;

export type EntityKind = (typeof ENTITY_KINDS)[number];

/**
 * Where a thing is in a snapshot: `[name]` for schemas and roles, `[schema, name]` for enums, sequences, tables and
 * views, `[schema, table, name]` for columns and policies. `public` is spelt out.
 */
export type EntityPath = readonly string[];

/** Every thing of one kind in a snapshot. Views declared with `.existing()` are nobody's to rename. */
export function listEntities(kind: EntityKind, snapshot: Snapshot): EntityPath[] {
	switch (kind) {
		case 'schema':
			return Object.keys(snapshot.schemas).map((name) => [name]);
		case 'role':
			return Object.keys(snapshot.roles).map((name) => [name]);
		case 'enum':
			return Object.values(snapshot.enums).map(toPath);
		case 'sequence':
			return Object.values(snapshot.sequences).map(toPath);
		case 'table':
			return Object.values(snapshot.tables).map(toPath);
		case 'view':
			return Object.values(snapshot.views)
				.filter((view) => !view.isExisting)
				.map(toPath);
		case 'column':
			return listMembers(snapshot, (table) => Object.keys(table.columns));
		case 'policy':
			return listMembers(snapshot, (table) => Object.keys(table.policies ?? {}));
	}
}

/** A path as one comparable text. */
export function toKey(path: EntityPath): string {
	return JSON.stringify(path);
}

/** Says whether two paths are the same place. */
export function isSamePath(one: EntityPath, other: EntityPath): boolean {
	return toKey(one) === toKey(other);
}

/** The name as `--rename` takes it: `users.name`, `auth.users.name`, `"odd.name".id`. */
export function writePath(path: EntityPath): string {
	const parts = path.length > 1 && path[0] === 'public' ? path.slice(1) : path;
	return parts
		.map((part) => (/^[^."=:+\s]+$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
		.join('.');
}

function toPath({ schema, name }: { schema: string; name: string }): EntityPath {
	return [schema || 'public', name];
}

function listMembers(snapshot: Snapshot, list: (table: SnapshotTable) => string[]): EntityPath[] {
	return Object.values(snapshot.tables).flatMap((table) =>
		list(table).map((name) => [...toPath(table), name]),
	);
}
