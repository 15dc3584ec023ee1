import {
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	realpathSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { readFolderTime, toFolderName } from '../../src/kit/journal/folder-name.ts';
import type { Layout, Loss, Reversibility } from '../../src/kit/journal/migration.ts';
import { writeDownFile } from '../../src/kit/journal/write-down-file.ts';
import { repository } from './repository.ts';

/** A migration to write: the files that `generate` would have made of it. */
export interface MigrationSpec {
	readonly tag: string;
	/** The up file's text; `false` leaves the file out. */
	readonly up: string | false;
	/** Down SQL, written with a valid proof line; absent: no down file. */
	readonly down?: string;
	readonly reversibility?: Reversibility;
	readonly loses?: readonly Loss[];
	/** Why, for `irreversible`. */
	readonly reason?: string;
	/** The down file's whole text, as it is. */
	readonly downText?: string;
	/** Epoch milliseconds; default: a second after the one before. */
	readonly when?: number;
}

export interface ProjectSpec {
	/** Default `journal`. In `folders` a migration's tag `0003_add_x` becomes the folder that `drizzle-kit up` would make of it. */
	readonly layout?: Layout;
	/** The `node_modules` that the project sees; default this repository's. */
	readonly modules?: string;
	readonly migrations?: readonly MigrationSpec[];
	/** drizzle-kit's settings, over the default ones. Plain values. */
	readonly config?: Readonly<Record<string, unknown>>;
	/** The kit's own settings. */
	readonly companion?: Readonly<Record<string, unknown>>;
	/** More files by path, or other text for the ones that are written anyway. */
	readonly files?: Readonly<Record<string, string>>;
}

/** A project in a temporary folder that is removed after the test file's last test. */
export interface TestProject {
	readonly root: string;
	read(path: string): string;
	write(path: string, text: string): void;
	remove(path: string): void;
	/** Adds a migration on top, as `generate` would. */
	add(migration: MigrationSpec): void;
	/** Every file's path and text, for "nothing was changed". */
	listFiles(): Readonly<Record<string, string>>;
}

/** The `when` of a project's first migration. */
export const firstWhen = 1_795_354_683_091;

const roots: string[] = [];
afterAll(() => {
	for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

/** Writes a project: configuration, journal, snapshots, up and down files. `drizzle-kit` and `drizzle-orm` resolve in it. */
export function aProject({
	layout = 'journal',
	modules = join(repository, 'node_modules'),
	migrations = [],
	config = {},
	companion = {},
	files = {},
}: ProjectSpec = {}): TestProject {
	const root = realpathSync(mkdtempSync(join(tmpdir(), 'companion-project-')));
	roots.push(root);
	symlinkSync(modules, join(root, 'node_modules'));
	const project = openProject(root, layout);
	project.write('package.json', '{ "name": "a-project", "private": true, "type": "module" }\n');
	project.write('drizzle.config.ts', configText(config, companion));
	if (migrations.length > 0) {
		if (layout === 'journal') project.write('drizzle/meta/_journal.json', journalText([]));
		for (const migration of migrations) project.add(migration);
	}
	for (const [path, text] of Object.entries(files)) project.write(path, text);
	return project;
}

function openProject(root: string, layout: Layout): TestProject {
	const write = (path: string, text: string) => {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text);
	};
	const read = (path: string) => readFileSync(join(root, path), 'utf8');
	return {
		root,
		read,
		write,
		remove: (path) => rmSync(join(root, path)),
		add: (migration) =>
			layout === 'folders'
				? addFolder(migration, { write, folder: join(root, 'drizzle') })
				: addMigration(migration, { read, write }),
		listFiles: () => Object.fromEntries(listFiles(root).map((path) => [path, read(path)])),
	};
}

function listFiles(root: string): readonly string[] {
	return readdirSync(root, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
		.sort();
}

function configText(config: ProjectSpec['config'], companion: ProjectSpec['companion']): string {
	const kit = { dialect: 'postgresql', schema: './schema.ts', out: './drizzle', ...config };
	return `export default {
	...${JSON.stringify(kit)},
	...(process.env.DATABASE_URL ? { dbCredentials: { url: process.env.DATABASE_URL } } : {}),
};
export const companion = ${JSON.stringify(companion)};
`;
}

interface Entry {
	readonly idx: number;
	readonly version: string;
	readonly when: number;
	readonly tag: string;
	readonly breakpoints: boolean;
}

function journalText(entries: readonly Entry[]): string {
	return `${JSON.stringify({ version: '7', dialect: 'postgresql', entries }, undefined, 2)}\n`;
}

function addMigration(migration: MigrationSpec, { read, write }: Pick<TestProject, 'read' | 'write'>): void {
	const { entries } = JSON.parse(read('drizzle/meta/_journal.json')) as { entries: Entry[] };
	const { tag, up, downText = writeDown(migration) } = migration;
	const when = migration.when ?? (entries.at(-1)?.when ?? firstWhen - 1_000) + 1_000;
	entries.push({ idx: entries.length, version: '7', when, tag, breakpoints: true });
	write('drizzle/meta/_journal.json', journalText(entries));
	write(`drizzle/meta/${tag.split('_')[0]}_snapshot.json`, '{}\n');
	if (up !== false) write(`drizzle/${tag}.sql`, up);
	if (downText !== undefined) write(`drizzle/${tag}.down.sql`, downText);
}

function addFolder(
	migration: MigrationSpec,
	{ write, folder }: Pick<TestProject, 'write'> & { readonly folder: string },
): void {
	const last = existsSync(folder) ? readdirSync(folder).sort().at(-1) : undefined;
	const when = migration.when ?? (readFolderTime(last ?? '') ?? firstWhen - 1_000) + 1_000;
	const tag = toFolderName(migration.tag, when);
	const downText = migration.downText ?? writeDown({ ...migration, tag });
	write(`drizzle/${tag}/snapshot.json`, '{}\n');
	if (migration.up !== false) write(`drizzle/${tag}/migration.sql`, migration.up);
	if (downText !== undefined) write(`drizzle/${tag}/down.sql`, downText);
}

function writeDown({
	tag,
	up,
	down,
	reversibility = 'lossless',
	loses = [],
	reason,
}: MigrationSpec): string | undefined {
	if (down === undefined && reversibility !== 'irreversible') return undefined;
	return writeDownFile({
		tag,
		statements: [down ?? ''],
		reversibility,
		loses,
		...(reason === undefined ? {} : { reason }),
		upChecksum: computeChecksum(up === false ? '' : up),
		serverVersion: '18.4',
	});
}
