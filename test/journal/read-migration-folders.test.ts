import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { findStrayDowns } from '../../src/kit/journal/find-stray-downs.ts';
import { readFolderTime, toFolderName } from '../../src/kit/journal/folder-name.ts';
import { moveStrayDown } from '../../src/kit/journal/move-stray-down.ts';
import { hasJournal, isJournalUnborn, readJournal } from '../../src/kit/journal/read-journal.ts';
import { writeDownFile } from '../../src/kit/journal/write-down-file.ts';
import { aProject } from '../harness/a-project.ts';
import { errorOf } from '../harness/error-of.ts';

/** A migrations folder with these files; a name ending in `/` stands for a folder with an up file and a snapshot. */
function aFolder(files: Readonly<Record<string, string>>) {
	const project = aProject();
	for (const [name, text] of Object.entries(files)) {
		if (!name.endsWith('/')) project.write(`drizzle/${name}`, text);
		else {
			project.write(`drizzle/${name}migration.sql`, text);
			project.write(`drizzle/${name}snapshot.json`, '{}');
		}
	}
	return { ...project, folder: join(project.root, 'drizzle') };
}

const first = '20261122100000_init';
const second = '20261122100001_add_b';

describe('a folder of drizzle-kit 1.0', () => {
	test('is read in the order of the names, with up, down, snapshot and the time in the name', () => {
		const { folder } = aFolder({
			[`${second}/`]: 'SELECT 2;',
			[`${first}/`]: 'SELECT 1;',
			[`${first}/down.sql`]: 'SELECT 0;',
		});
		const journal = readJournal(folder);
		expect(journal).toMatchObject({ layout: 'folders', orphans: [] });
		expect(journal.migrations).toMatchObject([
			{
				index: 0,
				tag: first,
				when: Date.UTC(2026, 10, 22, 10),
				layout: 'folders',
				hasSnapshot: true,
				down: { sql: 'SELECT 0;', proof: 'missing' },
			},
			{
				index: 1,
				tag: second,
				when: Date.UTC(2026, 10, 22, 10, 0, 1),
				up: { sql: 'SELECT 2;', checksum: computeChecksum('SELECT 2;') },
			},
		]);
		expect(journal.migrations[1]?.down).toBeUndefined();
	});

	test("puts migrations of one second into drizzle-orm's order", () => {
		const names = ['20261122100000_ab', '20261122100000_B', '20261122100000_a', '20261122100000_a_b'];
		const { folder } = aFolder(Object.fromEntries(names.map((name) => [`${name}/`, ''])));
		const sorted = [...names].sort((a, b) => a.localeCompare(b));
		expect(readJournal(folder).migrations.map(({ tag }) => tag)).toEqual(sorted);
	});

	test('says of a missing up file and a missing snapshot', () => {
		const { folder } = aFolder({ [`${first}/snapshot.json`]: '{}', [`${second}/migration.sql`]: '' });
		expect(readJournal(folder).migrations).toMatchObject([
			{ hasSnapshot: true },
			{ hasSnapshot: false, up: { sql: '' } },
		]);
		expect(readJournal(folder).migrations[0]?.up).toBeUndefined();
	});

	test('passes over whatever is no migration, and names SQL that belongs to none', () => {
		const { folder } = aFolder({
			[`${first}/`]: '',
			'relations.ts': '',
			'meta/0000_snapshot.json': '{}',
			'.companion-generate/20261122100009_x/migration.sql': '',
			'20261122100005_gone/down.sql': '',
			'0000_init.down.sql': '',
			'seed.sql': '',
		});
		const { migrations, orphans } = readJournal(folder);
		expect(migrations.map(({ tag }) => tag)).toEqual([first]);
		expect(orphans).toEqual(['0000_init.down.sql', '20261122100005_gone/down.sql', 'seed.sql']);
	});

	test('follows links, as drizzle-orm does', () => {
		const { folder, root, write } = aFolder({ [`${first}/`]: '' });
		write('elsewhere/migration.sql', 'SELECT 1;');
		symlinkSync(join(root, 'elsewhere'), join(folder, second));
		symlinkSync('/nowhere', join(folder, '20261122100002_dangling'));
		mkdirSync(join(folder, '20261122100003_empty'));
		expect(readJournal(folder).migrations.map(({ tag }) => tag)).toEqual([first, second]);
	});

	test.each(['no_time', '2026', '20261122_init', '.hidden'])(
		'refuses %s, in which drizzle-orm finds no time',
		(name) => {
			const { folder } = aFolder({ [`${first}/`]: '', [`${name}/migration.sql`]: '' });
			const error = errorOf(() => readJournal(folder));
			expect([error.code, error.message]).toEqual(['JOURNAL_INVALID', expect.stringContaining(name)]);
		},
	);

	test('beside a journal is half an upgrade, and refused with the way out', () => {
		const { folder } = aFolder({ [`${first}/`]: '', 'meta/_journal.json': '{"entries":[]}' });
		const error = errorOf(() => readJournal(folder));
		expect([error.code, error.message, error.hint]).toEqual([
			'JOURNAL_INVALID',
			expect.stringContaining(first),
			expect.stringContaining('drizzle-kit up'),
		]);
	});

	test('is none beside a journal when its name has no time: somebody keeps SQL there', () => {
		const { folder } = aFolder({ 'seed/migration.sql': '', 'meta/_journal.json': '{"entries":[]}' });
		expect(readJournal(folder)).toMatchObject({ migrations: [], orphans: [] });
	});

	test('is not unborn', () => {
		const born = aFolder({ [`${first}/snapshot.json`]: '{}' }).folder;
		const unborn = aFolder({ 'relations.ts': '' }).folder;
		expect([born, unborn].map(hasJournal)).toEqual([true, false]);
		expect([born, unborn].map(isJournalUnborn)).toEqual([false, true]);
		expect(errorOf(() => readJournal(unborn)).code).toBe('JOURNAL_NOT_FOUND');
	});
});

describe('the time in a folder name', () => {
	test.each<[string, number | undefined]>([
		['20261122100000_x', Date.UTC(2026, 10, 22, 10)],
		['20261122100000', Date.UTC(2026, 10, 22, 10)],
		['20261322100000_x', Date.UTC(2026, 12, 22, 10)],
		['2026112210000_x', Date.UTC(2026, 10, 22, 10)],
		['20261122_x', undefined],
		['', undefined],
	])('%s is %s, as drizzle-orm reads it', (name, time) => {
		expect(readFolderTime(name)).toBe(time);
	});

	test.each<[string, number, string]>([
		['0003_add_b', Date.UTC(2026, 10, 22, 10, 0, 1, 999), second],
		['20240101120000_x', Date.UTC(2026, 0, 2), '20260102000000_x'],
		['0000', Date.UTC(2026, 0, 2), '20260102000000_'],
		['_none', Date.UTC(2026, 0, 2), '20260102000000_none'],
		['0000_x', 9e15, '9000000000000000_x'],
	])('%s of %i becomes %s, as drizzle-kit up names it', (tag, when, folder) => {
		expect(toFolderName(tag, when)).toBe(folder);
	});
});

describe('down files that drizzle-kit up left behind', () => {
	const down = (tag: string, up: string) =>
		writeDownFile({
			tag,
			statements: ['SELECT 0;'],
			reversibility: 'lossless',
			loses: [],
			upChecksum: computeChecksum(up),
			serverVersion: '18.4',
		});

	test('belong to the folder of their name, and of several to the one that they were proven with', () => {
		const { folder } = aFolder({
			'20261122100000_init/': 'SELECT 1;',
			'20261122100001_fix/': 'SELECT 2;',
			'20261122100002_fix/': 'SELECT 3;',
			'0000_init.down.sql': 'SELECT 0;',
			'0001_fix.down.sql': down('0001_fix', 'SELECT 2;'),
			'0002_fix.down.sql': down('0002_fix', 'SELECT 3;'),
			'0003_other.down.sql': down('0003_other', 'SELECT 9;'),
			'0004_fix.down.sql': 'SELECT 0;',
		});
		expect(findStrayDowns(readJournal(folder))).toEqual([
			{ file: '0000_init.down.sql', tag: '20261122100000_init', to: '20261122100000_init/down.sql' },
			{ file: '0001_fix.down.sql', tag: '20261122100001_fix', to: '20261122100001_fix/down.sql' },
			{ file: '0002_fix.down.sql', tag: '20261122100002_fix', to: '20261122100002_fix/down.sql' },
			{ file: '0003_other.down.sql', obstacle: expect.stringContaining('no folder') },
			{
				file: '0004_fix.down.sql',
				obstacle: expect.stringContaining('20261122100001_fix, 20261122100002_fix'),
			},
		]);
	});

	test('move with a new title, and their proof holds', () => {
		const { folder, read } = aFolder({
			[`${first}/`]: 'SELECT 1;',
			'0000_init.down.sql': down('0000_init', 'SELECT 1;'),
		});
		for (const { file, tag, to } of findStrayDowns(readJournal(folder)))
			moveStrayDown(folder, { file, ...(tag === undefined ? {} : { tag }), to: to as string });
		expect(read(`drizzle/${first}/down.sql`)).toBe(down(first, 'SELECT 1;'));
		expect(readJournal(folder)).toMatchObject({ orphans: [], migrations: [{ down: { proof: 'proven' } }] });
	});

	test('stay where there is a down file already', () => {
		const { folder, listFiles } = aFolder({
			[`${first}/`]: '',
			[`${first}/down.sql`]: 'SELECT 1;',
			'0000_init.down.sql': 'SELECT 0;',
		});
		const before = listFiles();
		expect(findStrayDowns(readJournal(folder))).toMatchObject([
			{ obstacle: `${first}/down.sql is there already` },
		]);
		const stray = { file: '0000_init.down.sql', tag: first, to: `${first}/down.sql` };
		expect(errorOf(() => moveStrayDown(folder, stray)).code).toBe('JOURNAL_INVALID');
		expect(listFiles()).toEqual(before);
	});
});
