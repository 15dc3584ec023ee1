import { floorToSecond, nameInLedger } from '../journal/folder-name.ts';
import type { Layout, Migration } from '../journal/migration.ts';
import type { AppliedMigration } from '../ledger/ledger.ts';

/** Which ledger row stands for which migration, and the rows that stand for none. */
export interface Match {
	rowOf(migration: Migration): AppliedMigration | undefined;
	/** In the ledger's order. Rows that repeat another row are not among them. */
	readonly unknown: readonly AppliedMigration[];
}

/**
 * Matches what the repository has with what the ledger has.
 *
 * In the layout of drizzle-kit 0.x: by `when` and checksum first, then by `when` alone (the file was edited since), by the name that
 * drizzle-orm 1.0 wrote, then by checksum alone (the row was stamped by hand with another time). In the layout of 1.0: by name
 * first; rows without one are matched as drizzle-orm's own upgrade of the table does it, by the second of `when`, by checksum
 * where several migrations are of one second or none is; a row with another name is matched by checksum alone (the folder was renamed).
 *
 * A further row that says the same as one of a matched migration repeats it: drizzle's migrator writes such rows when several
 * processes run it at once.
 */
export function matchLedger(
	migrations: readonly Migration[],
	applied: readonly AppliedMigration[],
	layout: Layout = 'journal',
): Match {
	if (isInOrder(migrations, applied, layout)) return { rowOf: ({ index }) => applied[index], unknown: [] };
	const rowOf = new Map<Migration, AppliedMigration>();
	let rows = applied;
	for (const isSame of listSamenesses(migrations, applied, layout)) {
		rows = takeMatches(migrations, rows, { isSame, rowOf });
	}
	const isRepeat = recogniseRepeats([...rowOf.keys()], layout);
	return {
		rowOf: (migration) => rowOf.get(migration),
		unknown: rows.filter((row) => !isRepeat(row)),
	};
}

/**
 * Says whether each row is that of the migration in its place and no other could have its key, as it nearly always is: nothing has to be
 * looked up then.
 */
function isInOrder(
	migrations: readonly Migration[],
	applied: readonly AppliedMigration[],
	layout: Layout,
): boolean {
	let last = Number.NEGATIVE_INFINITY;
	const isNext = (migration: Migration, place: number): boolean => {
		// Folders have names of their own; times may be repeated.
		const isLater = layout === 'folders' || migration.when > last;
		last = migration.when;
		const row = applied[place];
		return isLater && migration.index === place && (row === undefined || isInPlace(row, migration, layout));
	};
	return applied.length <= migrations.length && migrations.every(isNext);
}

function isInPlace({ when, name }: AppliedMigration, migration: Migration, layout: Layout): boolean {
	return layout === 'folders' ? name === migration.tag : when === migration.when;
}

type Key = string | number;

/** How a row and a migration are compared: the same key, and no `undefined`. */
interface Sameness {
	readonly keyOfRow: (row: AppliedMigration) => Key | undefined;
	readonly keyOfMigration: (migration: Migration) => Key | undefined;
}

function listSamenesses(
	migrations: readonly Migration[],
	applied: readonly AppliedMigration[],
	layout: Layout,
): readonly Sameness[] {
	if (layout === 'folders')
		return [isSameName, isSameSecondAndChecksum, isOnlyOneOfSecond(migrations), isSameChecksum];
	// What costs a text for each migration is left out: where times tell all apart, and where drizzle-orm 1.0 never was.
	const byBoth = isEachOnce(migrations) && isEachOnce(applied) ? [] : [isSameBoth];
	const byName = applied.some(({ name }) => name !== undefined) ? [isSameName] : [];
	return [...byBoth, isSameWhen, ...byName, isSameChecksum];
}

function isEachOnce(all: readonly { readonly when?: number }[]): boolean {
	return new Set(all.map(({ when }) => when)).size === all.length;
}

const isSameBoth: Sameness = {
	keyOfRow: ({ when, checksum }) => `${when} ${checksum}`,
	keyOfMigration: ({ when, up }) => `${when} ${up?.checksum}`,
};
const isSameWhen: Sameness = { keyOfRow: ({ when }) => when, keyOfMigration: ({ when }) => when };
const isSameChecksum: Sameness = {
	keyOfRow: ({ checksum }) => checksum,
	keyOfMigration: ({ up }) => up?.checksum ?? 'no file',
};
const isSameName: Sameness = { keyOfRow: ({ name }) => name, keyOfMigration: nameInLedger };
const isSameSecondAndChecksum: Sameness = {
	keyOfRow: ({ when, checksum }) => (when === undefined ? undefined : `${floorToSecond(when)} ${checksum}`),
	keyOfMigration: ({ when, up }) => `${when} ${up?.checksum}`,
};

/** For rows without a name: the migration of their second, where there is only one. */
function isOnlyOneOfSecond(migrations: readonly Migration[]): Sameness {
	const count = new Map<number, number>();
	for (const { when } of migrations) count.set(when, (count.get(when) ?? 0) + 1);
	return {
		keyOfRow: ({ name, when }) =>
			name !== undefined || when === undefined ? undefined : `${floorToSecond(when)}`,
		keyOfMigration: ({ when }) => (count.get(when) === 1 ? `${when}` : undefined),
	};
}

interface Taking {
	readonly isSame: Sameness;
	readonly rowOf: Map<Migration, AppliedMigration>;
}

/** Takes each row for the first unmatched migration with its key; gives the rows that are left. */
function takeMatches(
	migrations: readonly Migration[],
	rows: readonly AppliedMigration[],
	{ isSame, rowOf }: Taking,
): readonly AppliedMigration[] {
	if (rows.length === 0) return rows;
	const waiting = new Map<Key, Migration[]>();
	for (const migration of migrations) {
		const key = rowOf.has(migration) ? undefined : isSame.keyOfMigration(migration);
		const others = key === undefined ? undefined : waiting.get(key);
		if (others !== undefined) others.push(migration);
		else if (key !== undefined) waiting.set(key, [migration]);
	}
	return rows.filter((row) => {
		const key = isSame.keyOfRow(row);
		const migration = key === undefined ? undefined : waiting.get(key)?.shift();
		if (migration !== undefined) rowOf.set(migration, row);
		return migration === undefined;
	});
}

function recogniseRepeats(known: readonly Migration[], layout: Layout): (row: AppliedMigration) => boolean {
	const times = new Set(known.map(({ when }) => when));
	if (layout === 'journal') return ({ when }) => when !== undefined && times.has(when);
	const names = new Set(known.map(({ tag }) => tag));
	return ({ name, when }) =>
		name === undefined ? when !== undefined && times.has(floorToSecond(when)) : names.has(name);
}
