import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FolderSnapshot, SnapshotFiles } from './read-folder-snapshots.ts';

/** A migration's folder as drizzle-kit 1.0 wrote it. */
export interface NewFolder {
	/** As drizzle-kit named it. */
	readonly tag: string;
	readonly upSql: string;
	readonly snapshot: FolderSnapshot;
	/** The snapshot's file, as it is. */
	readonly snapshotText: string;
}

export interface StagedFolder {
	/** The folder for drizzle-kit's `out`; absolute. */
	readonly out: string;
	/** A schema file without a table: drizzle-kit wants to read one even where it makes nothing of it. Absolute. */
	readonly emptySchema: string;
	/** What drizzle-kit added; undefined when it added nothing. */
	readNew(): NewFolder | undefined;
}

/** Lets drizzle-kit 1.0 write its next migration where it is in nobody's way: a temporary folder with the snapshots so far. */
export async function withStagedFolder<Result>(
	files: SnapshotFiles,
	work: (staged: StagedFolder) => Promise<Result>,
): Promise<Result> {
	const root = mkdtempSync(join(tmpdir(), 'companion-generate-'));
	const out = join(root, 'out');
	const emptySchema = join(root, 'schema.mjs');
	try {
		mkdirSync(out);
		writeFileSync(emptySchema, 'export {};\n');
		for (const [tag, snapshot] of Object.entries(files)) {
			mkdirSync(join(out, tag));
			writeFileSync(join(out, tag, 'snapshot.json'), JSON.stringify(snapshot));
		}
		return await work({ out, emptySchema, readNew: () => readNew(out, files) });
	} finally {
		rmSync(root, { recursive: true, force: true });
	}
}

function readNew(out: string, files: SnapshotFiles): NewFolder | undefined {
	const tag = readdirSync(out).find((name) => !(name in files));
	if (tag === undefined) return undefined;
	const snapshotText = readFileSync(join(out, tag, 'snapshot.json'), 'utf8');
	return {
		tag,
		upSql: readFileSync(join(out, tag, 'migration.sql'), 'utf8'),
		snapshot: JSON.parse(snapshotText) as FolderSnapshot,
		snapshotText,
	};
}
