import { nameInLedger, toFolderName } from '../journal/folder-name.ts';
import type { Layout, Migration } from '../journal/migration.ts';
import type { AppliedMigration, LogEvent } from '../ledger/ledger.ts';

/** Finds the event that says how a migration came to be applied. */
export interface LatestEvents {
	ofMigration(migration: Migration, row: AppliedMigration): LogEvent | undefined;
	/** For a row that stands for no migration of the repository. */
	ofRow(row: AppliedMigration): LogEvent | undefined;
}

/**
 * The newest events by which migrations came to be applied. In the layout of drizzle-kit 0.x an event belongs to a migration by its
 * `when`. In that of 1.0 it does so by its tag, which is the folder's name; events from before `drizzle-kit up` count for the folder
 * that it made.
 */
export function findLatestEvents(events: readonly LogEvent[], layout: Layout = 'journal'): LatestEvents {
	const byWhen = latestBy(events, ({ when }) => when);
	if (layout === 'journal') {
		return {
			ofMigration: ({ when }, row) => byWhen.get(row.when ?? when),
			ofRow: ({ when }) => (when === undefined ? undefined : byWhen.get(when)),
		};
	}
	const byName = latestBy(events, nameOfEvent);
	return {
		ofMigration: (migration) => byName.get(nameInLedger(migration)),
		ofRow: ({ name, when }) =>
			name === undefined ? (when === undefined ? undefined : byWhen.get(when)) : byName.get(name),
	};
}

function latestBy<Key>(
	events: readonly LogEvent[],
	keyOf: (event: LogEvent) => Key,
): ReadonlyMap<Key, LogEvent> {
	const latest = new Map<Key, LogEvent>();
	for (const event of events) {
		if (event.kind === 'apply' || event.kind === 'stamp') latest.set(keyOf(event), event);
		if (event.kind === 'revert' || event.kind === 'forget') latest.delete(keyOf(event));
	}
	return latest;
}

/** A tag of 1.0 begins with fourteen digits and was logged with a full second. */
function nameOfEvent({ tag, when }: LogEvent): string {
	const isFolder = /^\d{14}/.test(tag) && when % 1000 === 0;
	return isFolder ? tag : toFolderName(tag, when);
}
