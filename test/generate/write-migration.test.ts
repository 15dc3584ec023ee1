import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { hostname as hostOfThis } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createEmptySnapshot } from '../../src/kit/generate/snapshot.ts';
import { clearStaging } from '../../src/kit/generate/staging.ts';
import {
	type NewMigration,
	readRawJournal,
	writeMigration,
	writeMigrations,
} from '../../src/kit/generate/write-migration.ts';
import { writeMigrationFolders } from '../../src/kit/generate/write-migration-folder.ts';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { aProject } from '../harness/a-project.ts';
import { errorOf } from '../harness/error-of.ts';

function aNewMigration(shape: Partial<NewMigration> = {}): NewMigration {
	return {
		tag: '0000_init',
		when: 1000,
		breakpoints: true,
		snapshot: createEmptySnapshot(),
		upSql: 'SELECT 1;',
		downText: '-- down\n',
		...shape,
	};
}

function aFolder() {
	const project = aProject();
	return { project, folder: join(project.root, 'drizzle') };
}

function listFolder(folder: string): string[] {
	return readdirSync(folder, { recursive: true }).map(String).sort();
}

const written = [
	'0000_init.down.sql',
	'0000_init.sql',
	'meta',
	'meta/0000_snapshot.json',
	'meta/_journal.json',
];

test('writes up, down, snapshot and journal, and nothing else', () => {
	const { folder, project } = aFolder();
	writeMigration(folder, aNewMigration(), undefined);
	expect(listFolder(folder)).toEqual(written);
	expect(JSON.parse(project.read('drizzle/meta/_journal.json'))).toEqual({
		version: '7',
		dialect: 'postgresql',
		entries: [{ idx: 0, version: '7', when: 1000, tag: '0000_init', breakpoints: true }],
	});
});

test('counts idx on from the last entry and keeps what else the journal holds', () => {
	const { folder, project } = aFolder();
	project.write(
		'drizzle/meta/_journal.json',
		'{"version":"7","extra":1,"entries":[{"idx":7,"when":1,"tag":"0007_x"}]}',
	);
	writeMigration(folder, aNewMigration({ tag: '0008_y' }), readRawJournal(folder).text);
	const journal = JSON.parse(project.read('drizzle/meta/_journal.json'));
	expect(journal).toMatchObject({ extra: 1, entries: [{ idx: 7 }, { idx: 8, tag: '0008_y' }] });
});

test('refuses to write over files that the journal does not know', () => {
	const { folder, project } = aFolder();
	project.write('drizzle/0000_init.sql', 'mine');
	const error = errorOf(() => writeMigration(folder, aNewMigration(), undefined));
	expect(error.code).toBe('JOURNAL_INVALID');
	expect(listFolder(folder)).toEqual(['0000_init.sql']);
});

test('refuses when the journal was changed since it was read', () => {
	const { folder, project } = aFolder();
	project.write('drizzle/meta/_journal.json', '{"entries":[]}');
	expect(errorOf(() => writeMigration(folder, aNewMigration(), undefined)).code).toBe('JOURNAL_INVALID');
	expect(listFolder(folder)).toEqual(['meta', 'meta/_journal.json']);
});

test('leaves nothing when a file cannot be put into place', () => {
	const { folder } = aFolder();
	mkdirSync(join(folder, 'meta', '_journal.json'), { recursive: true });
	expect(() => writeMigration(folder, aNewMigration(), undefined)).toThrow();
	expect(listFolder(folder)).toEqual(['meta', 'meta/_journal.json']);
});

describe('several migrations at once', () => {
	const two = [aNewMigration(), aNewMigration({ tag: '0001_then', when: 1001 })];
	const folders = ['20260101000000_init', '20260101000001_then'].map((tag) => ({
		...{ tag, upSql: 'SELECT 1;', downText: '-- down\n', snapshotText: '{}' },
	}));

	test('are in the journal in their order', () => {
		const { folder } = aFolder();
		expect(writeMigrations(folder, two, undefined).map(({ up }) => up)).toEqual([
			join(folder, '0000_init.sql'),
			join(folder, '0001_then.sql'),
		]);
		expect(readRawJournal(folder).journal.entries).toMatchObject([
			{ idx: 0, when: 1000, tag: '0000_init' },
			{ idx: 1, when: 1001, tag: '0001_then' },
		]);
	});

	test('are all refused where the files of one are there', () => {
		const { folder, project } = aFolder();
		project.write('drizzle/0001_then.down.sql', 'mine');
		expect(errorOf(() => writeMigrations(folder, two, undefined)).code).toBe('JOURNAL_INVALID');
		expect(listFolder(folder)).toEqual(['0001_then.down.sql']);
	});

	test('are a folder each in the layout of drizzle-kit 1.0, all of them or none', () => {
		const { folder, project } = aFolder();
		project.write('drizzle/20260101000001_then/mine.txt', 'mine');
		expect(errorOf(() => writeMigrationFolders(folder, folders, [])).code).toBe('JOURNAL_INVALID');
		expect(listFolder(folder)).toEqual(['20260101000001_then', '20260101000001_then/mine.txt']);
		project.remove('drizzle/20260101000001_then/mine.txt');
		rmdirSync(join(folder, '20260101000001_then'));
		writeMigrationFolders(folder, folders, []);
		expect(listFolder(folder)).toEqual(
			folders.flatMap(({ tag }) => [tag, `${tag}/down.sql`, `${tag}/migration.sql`, `${tag}/snapshot.json`]),
		);
	});

	test.each([
		['only some were moved into place', 1, []],
		['all were moved into place', 2, folders.map(({ tag }) => tag)],
	])('in folders, after a kill when %s', (_when, moved, left) => {
		const { folder } = aFolder();
		writeMigrationFolders(folder, folders.slice(0, moved), []);
		const staging = join(folder, '.companion-generate');
		mkdirSync(staging);
		writeFileSync(join(staging, 'owner.json'), JSON.stringify({ pid: 2 ** 30, host: hostOfThis() }));
		const files = folders.flatMap(({ tag, upSql, downText, snapshotText }) => [
			{ path: `${tag}/migration.sql`, checksum: computeChecksum(upSql) },
			{ path: `${tag}/down.sql`, checksum: computeChecksum(downText) },
			{ path: `${tag}/snapshot.json`, checksum: computeChecksum(snapshotText) },
		]);
		const tags = folders.map(({ tag }) => tag);
		writeFileSync(join(staging, 'intent.json'), JSON.stringify({ tag: tags[1], files, folders: tags }));
		clearStaging(folder);
		expect(readdirSync(folder)).toEqual(left);
	});
});

describe('after a run that was killed', () => {
	function leaveBehind(folder: string, { isInJournal }: { isInJournal: boolean }) {
		const staging = join(folder, '.companion-generate');
		mkdirSync(staging, { recursive: true });
		mkdirSync(join(folder, 'meta'));
		writeFileSync(join(staging, 'owner.json'), JSON.stringify({ pid: 2 ** 30, host: 'elsewhere' }));
		writeFileSync(join(folder, '0000_init.sql'), 'SELECT 1;');
		writeFileSync(join(folder, '0000_init.down.sql'), 'edited since');
		const files = [
			{ path: '0000_init.sql', checksum: computeChecksum('SELECT 1;') },
			{ path: '0000_init.down.sql', checksum: computeChecksum('SELECT 2;') },
			{ path: 'meta/0000_snapshot.json', checksum: computeChecksum('{}') },
		];
		writeFileSync(join(staging, 'intent.json'), JSON.stringify({ tag: '0000_init', files }));
		const entries = isInJournal ? [{ idx: 0, when: 1, tag: '0000_init' }] : [];
		writeFileSync(join(folder, 'meta', '_journal.json'), JSON.stringify({ entries }));
		writeFileSync(join(staging, 'owner.json'), JSON.stringify({ pid: 2 ** 30, host: hostOfThis() }));
	}

	test('takes away what it moved into place, and only what is still its own', () => {
		const { folder } = aFolder();
		leaveBehind(folder, { isInJournal: false });
		clearStaging(folder);
		expect(listFolder(folder)).toEqual(['0000_init.down.sql', 'meta', 'meta/_journal.json']);
	});

	test('keeps everything when the journal entry was written', () => {
		const { folder } = aFolder();
		leaveBehind(folder, { isInJournal: true });
		clearStaging(folder);
		expect(listFolder(folder)).toEqual(['0000_init.down.sql', '0000_init.sql', 'meta', 'meta/_journal.json']);
	});

	test('refuses while another process is at it', () => {
		const { folder } = aFolder();
		const staging = join(folder, '.companion-generate');
		mkdirSync(staging, { recursive: true });
		writeFileSync(join(staging, 'owner.json'), JSON.stringify({ pid: process.ppid, host: hostOfThis() }));
		expect(errorOf(() => clearStaging(folder)).code).toBe('LOCK_NOT_AVAILABLE');
	});
});
