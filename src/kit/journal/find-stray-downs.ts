import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Journal } from './journal.ts';
import type { Migration } from './migration.ts';
import { nameDownFile } from './name-files.ts';

/** A down file that `drizzle-kit up` left behind when it moved the migrations into folders. */
export interface StrayDown {
	/** File name in the migrations folder: `0003_add_x.down.sql`. */
	readonly file: string;
	/** Where it belongs, relative to the migrations folder. Absent where nobody can say. */
	readonly to?: string;
	/** The migration that it belongs to, where one is found. */
	readonly tag?: string;
	/** Why it cannot be moved, as the end of a sentence. */
	readonly obstacle?: string;
}

/**
 * The down files of drizzle-kit 0.x's layout that stand beside the folders of 1.0's, and where they belong: the folder of the same name
 * behind the number or time, and of several the one whose up file the down was proven with. Nothing is moved.
 */
export function findStrayDowns({ folder, layout, migrations, orphans }: Journal): readonly StrayDown[] {
	if (layout !== 'folders') return [];
	const strays = orphans.filter((name) => /^[^/]+\.down\.sql$/.test(name));
	return strays.map((file) => placeStray(file, readFileSync(join(folder, file), 'utf8'), migrations));
}

function placeStray(file: string, text: string, migrations: readonly Migration[]): StrayDown {
	const named = migrations.filter(({ tag }) => nameOf(tag) === nameOf(file.slice(0, -'.down.sql'.length)));
	const proven = readProvenChecksum(text);
	const isProvenWith = ({ up }: Migration) =>
		proven !== undefined && up?.checksum.startsWith(proven) === true;
	const found = named.length === 0 ? migrations.filter(isProvenWith) : narrow(named, isProvenWith);
	const [migration, ...others] = found;
	if (migration === undefined)
		return { file, obstacle: 'no folder has the name or the SQL of its migration' };
	if (others.length > 0)
		return { file, obstacle: `it may belong to any of ${found.map(({ tag }) => tag).join(', ')}` };
	const { tag } = migration;
	if (migration.down !== undefined)
		return { file, tag, obstacle: `${nameDownFile(migration)} is there already` };
	return { file, tag, to: nameDownFile(migration) };
}

/** What stands behind the number or the time: `drizzle-kit up` keeps it. */
function nameOf(tag: string): string {
	return tag.split('_').slice(1).join('_');
}

function narrow(
	named: readonly Migration[],
	isProvenWith: (migration: Migration) => boolean,
): readonly Migration[] {
	const proven = named.filter(isProvenWith);
	return named.length > 1 && proven.length > 0 ? proven : named;
}

/** The beginning of the up file's checksum in the proof line. */
function readProvenChecksum(text: string): string | undefined {
	return /^--[ \t]*proof:[ \t]*up ([0-9a-f]{8})\b/m.exec(text)?.[1];
}
