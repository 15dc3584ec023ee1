import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSnapshotTable } from '../generate/is-snapshot-table.ts';
import { locateSnapshot } from '../generate/read-previous-snapshot.ts';
import { ORIGIN_ID, type Snapshot } from '../generate/snapshot.ts';
import type { Journal } from '../journal/journal.ts';
import type { Migration } from '../journal/migration.ts';
import { locate } from '../run/locate.ts';
import { checkSnapshotFolders } from './check-snapshot-folders.ts';
import type { Finding } from './finding.ts';

/** The snapshots of a journal, read, and what is wrong with them. */
export interface SnapshotChain {
	/** By tag; those that can be read. */
	readonly snapshots: ReadonlyMap<string, Snapshot>;
	readonly findings: readonly Finding[];
}

/**
 * Reads every snapshot that the journal names and checks that each follows the one before. A missing one is the history's
 * business and breaks no chain.
 */
export function checkSnapshots(journal: Journal): SnapshotChain {
	if (journal.layout === 'folders') return { snapshots: new Map(), findings: checkSnapshotFolders(journal) };
	const snapshots = new Map<string, Snapshot>();
	const findings: Finding[] = [];
	for (const migration of journal.migrations.filter(({ hasSnapshot }) => hasSnapshot)) {
		const file = locateSnapshot(journal.folder, migration);
		const read = readSnapshot(file, migration);
		if ('code' in read) findings.push(read);
		else snapshots.set(migration.tag, read);
	}
	return { snapshots, findings: [...findings, ...checkLinks(journal, snapshots), ...findOrphans(journal)] };
}

function readSnapshot(file: string, { tag }: Migration): Snapshot | Finding {
	const text = readFileSync(file, 'utf8');
	const conflict = /^(?:<{7}|={7}|>{7})/m.exec(text);
	if (conflict !== null)
		return invalid({
			...{ file, tag, what: `The snapshot of ${tag} holds git conflict markers.` },
			line: locate(text, conflict.index).line,
			how: 'Take one side of it, delete the migration of the other side (SQL, snapshot, journal entry), and run `pnpm db:generate` again to make it anew.',
		});
	try {
		const value: unknown = JSON.parse(text);
		const problem = findShapeProblem(value);
		if (problem === undefined) return value as Snapshot;
		return invalid({ file, tag, what: `The snapshot of ${tag} is malformed: ${problem}.` });
	} catch (error) {
		return invalid({ file, tag, what: `The snapshot of ${tag} is not JSON: ${(error as Error).message}.` });
	}
}

function findShapeProblem(value: unknown): string | undefined {
	if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it holds no object';
	const { id, prevId, tables, dialect } = value as Record<string, unknown>;
	if (typeof id !== 'string' || typeof prevId !== 'string') return 'it has no id and prevId';
	if (typeof tables !== 'object' || tables === null) return 'it has no tables';
	const broken = Object.entries(tables).find(([, table]) => !isSnapshotTable(table));
	if (broken !== undefined) return `at tables ${broken[0]}`;
	if (dialect !== undefined && dialect !== 'postgresql' && dialect !== 'pg')
		return `its dialect is ${JSON.stringify(dialect)}`;
	return undefined;
}

function invalid({
	how = 'Restore the file from version control.',
	...rest
}: Pick<Finding, 'file' | 'tag' | 'what' | 'line'> & { readonly how?: string }): Finding {
	return {
		code: 'SNAPSHOT_INVALID',
		severity: 'error',
		why: 'The next migration is made from the last snapshot: with a broken one, drizzle-kit fails or does things twice.',
		how,
		line: 1,
		...rest,
	};
}

/** Two branches that were merged each follow the same snapshot: the later one lacks what the earlier one brought. */
function checkLinks(journal: Journal, snapshots: ReadonlyMap<string, Snapshot>): readonly Finding[] {
	const findings: Finding[] = [];
	const owners = new Map<string, string>();
	let before: { readonly tag: string; readonly id: string } | undefined;
	for (const { index, tag } of journal.migrations) {
		const snapshot = snapshots.get(tag);
		if (snapshot === undefined) {
			before = undefined;
			continue;
		}
		const place = { tag, file: locateSnapshot(journal.folder, { tag }), line: 1 };
		const isLast = index === journal.migrations.length - 1;
		const twin = owners.get(snapshot.id);
		owners.set(snapshot.id, tag);
		const expected = before?.id ?? (index === 0 ? ORIGIN_ID : snapshot.prevId);
		if (twin !== undefined && locateSnapshot(journal.folder, { tag: twin }) !== place.file)
			findings.push(broken(`The snapshots of ${twin} and ${tag} have the same id.`, { ...place, isLast }));
		else if (twin === undefined && snapshot.prevId !== expected && index > 0)
			findings.push(
				broken(
					`The snapshot of ${tag} follows ${snapshot.prevId}, but ${before?.tag ?? 'the one before it'} has ${expected}.`,
					{ ...place, isLast },
				),
			);
		before = { tag, id: snapshot.id };
	}
	return findings;
}

function broken(
	what: string,
	{ isLast, ...place }: Pick<Finding, 'tag' | 'file' | 'line'> & { readonly isLast: boolean },
): Finding {
	return {
		code: 'SNAPSHOT_CHAIN_BROKEN',
		severity: isLast ? 'error' : 'warning',
		what,
		why: 'Two branches were merged: the later snapshot may lack what the earlier one brought, and the next migration would do it again.',
		how: 'Delete the later migration (SQL, snapshot, journal entry) and run `pnpm db:generate` again; or, when its snapshot does hold both changes, set its prevId to that id.',
		...place,
	};
}

function findOrphans({ folder, migrations }: Journal): readonly Finding[] {
	if (!existsSync(join(folder, 'meta'))) return [];
	const named = new Set(migrations.map((migration) => locateSnapshot(folder, migration)));
	return readdirSync(join(folder, 'meta'))
		.filter((name) => name.endsWith('_snapshot.json') && !named.has(join(folder, 'meta', name)))
		.sort()
		.map((name) => ({
			code: 'SNAPSHOT_ORPHANED',
			severity: 'error',
			what: `meta/${name} belongs to no entry of the journal.`,
			why: 'drizzle-kit takes the last snapshot by its file name, whatever the journal says, and would compare with this one.',
			how: 'Delete it, or restore its entry in meta/_journal.json from version control.',
			file: join(folder, 'meta', name),
			line: 1,
		}));
}
