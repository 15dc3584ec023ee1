import type { Migration } from './migration.ts';

/** What decides where a migration's files are. */
export type Filed = Pick<Migration, 'tag' | 'layout'>;

/** The up file, relative to the migrations folder: `0003_x.sql` or `20261122100000_x/migration.sql`. */
export function nameUpFile({ tag, layout }: Filed): string {
	return layout === 'folders' ? `${tag}/migration.sql` : `${tag}.sql`;
}

/** The down file: `0003_x.down.sql` or `20261122100000_x/down.sql`, which drizzle-kit and drizzle-orm leave alone. */
export function nameDownFile({ tag, layout }: Filed): string {
	return layout === 'folders' ? `${tag}/down.sql` : `${tag}.down.sql`;
}

/** The snapshot: `meta/0003_snapshot.json` or `20261122100000_x/snapshot.json`. */
export function nameSnapshotFile({ tag, layout }: Filed): string {
	return layout === 'folders' ? `${tag}/snapshot.json` : `meta/${prefixOf(tag)}_snapshot.json`;
}

function prefixOf(tag: string): string {
	const end = tag.indexOf('_');
	return end < 0 ? tag : tag.slice(0, end);
}
