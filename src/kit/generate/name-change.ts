import type { Rename } from './apply-rename.ts';
import { isSameJson } from './compare-snapshots.ts';
import { type EntityKind, type EntityPath, listEntities, toKey } from './entity.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * A name for what a migration does, from its first two changes: `add_users_nickname`, `create_posts_and_comments`,
 * `create_posts_and_4_more`. `previous` already has the renames in it.
 */
export function nameChange(previous: Snapshot, current: Snapshot, renames: readonly Rename[]): string {
	const changes = [
		...renames.filter(({ kind }) => kind !== 'policy').map(nameRename),
		...nameGroup('create', listNew(previous, current)),
		...nameGroup('drop', listNew(current, previous)),
		...listNewColumns(previous, current).map(([, table, column]) => `add_${table}_${column}`),
		...listNewColumns(current, previous).map(([, table, column]) => `drop_${table}_${column}`),
		...nameGroup('alter', listAltered(previous, current)),
	];
	const [first = 'change', ...rest] = changes;
	if (Object.keys(previous.tables).length === 0 && changes.length > 0) return 'init';
	return rest.length === 0 ? first : `${first}_and_${rest.length}_more`;
}

function nameRename({ from, to }: Rename): string {
	const table = from.length === 3 ? `${from[1]}_` : '';
	return `rename_${table}${from.at(-1)}_to_${to.at(-1)}`;
}

function nameGroup(verb: string, paths: readonly EntityPath[]): string[] {
	const names = paths.map((path) => path.at(-1));
	if (names.length === 2) return [`${verb}_${names.join('_and_')}`];
	return names.map((name) => `${verb}_${name}`);
}

const NAMED: readonly EntityKind[] = ['table', 'view', 'enum', 'sequence', 'schema', 'role'];

function listNew(before: Snapshot, after: Snapshot): EntityPath[] {
	return NAMED.flatMap((kind) => {
		const keys = new Set(listEntities(kind, before).map(toKey));
		return listEntities(kind, after).filter((path) => !keys.has(toKey(path)));
	});
}

function listNewColumns(before: Snapshot, after: Snapshot): EntityPath[] {
	const keys = new Set(listEntities('column', before).map(toKey));
	return listEntities('column', after).filter(
		(path) => !keys.has(toKey(path)) && path.slice(0, 2).join('.') in before.tables,
	);
}

function listAltered(before: Snapshot, after: Snapshot): EntityPath[] {
	const tables = Object.entries(after.tables).flatMap(([key, table]) => {
		const other = before.tables[key];
		if (other === undefined || isSameJson(other, table)) return [];
		const names = (each: typeof table) => Object.keys(each.columns).sort().join();
		return names(other) === names(table) ? [[table.schema || 'public', table.name]] : [];
	});
	const others = (['enums', 'sequences', 'views'] as const).flatMap((part) =>
		Object.entries(after[part]).flatMap(([key, thing]) => {
			const other = before[part][key];
			return other === undefined || isSameJson(other, thing) ? [] : [[thing.schema, thing.name]];
		}),
	);
	return [...tables, ...others];
}
