import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { readJournal, readJournalMeanwhile } from '../../src/kit/journal/read-journal.ts';
import { aProject, type ProjectSpec } from '../harness/a-project.ts';
import { errorOf } from '../harness/error-of.ts';

const migrations = [
	{ tag: '0000_init', up: 'CREATE TABLE a ();\n', down: 'DROP TABLE a;' },
	{ tag: '0001_b', up: 'CREATE TABLE b ();\r\n' },
];

function folderOf(spec: ProjectSpec): string {
	return join(aProject(spec).root, 'drizzle');
}

describe('readJournal', () => {
	test('reads entries with their files', () => {
		const { migrations: read, orphans } = readJournal(folderOf({ migrations }));
		expect(orphans).toEqual([]);
		expect(read).toMatchObject([
			{ index: 0, tag: '0000_init', hasSnapshot: true, down: { proof: 'proven' } },
			{
				index: 1,
				tag: '0001_b',
				up: { sql: 'CREATE TABLE b ();\r\n', checksum: computeChecksum('CREATE TABLE b ();\r\n') },
			},
		]);
		expect(read[1]?.down).toBeUndefined();
	});

	test('reads a down file when it is asked for, and once, where that is wanted', () => {
		const folder = folderOf({ migrations });
		const [first, second] = readJournal(folder, { downs: 'later' }).migrations;
		expect([first?.down?.proof, second?.down]).toEqual(['proven', undefined]);
		rmSync(join(folder, '0000_init.down.sql'));
		expect(first?.down?.proof).toBe('proven');
	});

	test.each(['journal', 'folders'] as const)(
		'reads the same beside other work, layout %s',
		async (layout) => {
			const folder = folderOf({ migrations, layout });
			expect(await readJournalMeanwhile(folder)).toEqual(readJournal(folder));
		},
	);

	test('refuses the same beside other work', async () => {
		await expect(readJournalMeanwhile(folderOf({}))).rejects.toMatchObject({ code: 'JOURNAL_NOT_FOUND' });
	});

	test('says of a missing up file and a missing snapshot, and names the files that no entry names', () => {
		const project = aProject({ migrations, files: { 'drizzle/0009_x.sql': '', 'drizzle/notes.txt': '' } });
		project.remove('drizzle/0001_b.sql');
		project.remove('drizzle/meta/0000_snapshot.json');
		const { migrations: read, orphans } = readJournal(join(project.root, 'drizzle'));
		expect([read[0]?.hasSnapshot, read[1]?.up, orphans]).toEqual([false, undefined, ['0009_x.sql']]);
	});

	test('names a file of nobody where one file is the way back of one migration and the up of another', () => {
		const project = aProject({
			migrations: [
				{ tag: '0000_a', up: 'SELECT 1;' },
				{ tag: '0000_a.down', up: 'SELECT 2;' },
			],
		});
		project.write('drizzle/0009_x.sql', 'SELECT 1;');
		expect(readJournal(join(project.root, 'drizzle')).orphans).toEqual(['0009_x.sql']);
	});

	test('takes a link that leads nowhere and a folder for a missing file', () => {
		const folder = folderOf({
			migrations: [
				{ tag: '0000_a', up: false },
				{ tag: '0001_b', up: false },
			],
		});
		symlinkSync('/nowhere/at/all.sql', join(folder, '0000_a.sql'));
		mkdirSync(join(folder, '0001_b.sql'));
		expect(readJournal(folder).migrations.map(({ up }) => up)).toEqual([undefined, undefined]);
	});

	test.each([
		['is not JSON', 'oops'],
		['is empty', ''],
		['holds conflict markers', '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n'],
		['is null', 'null'],
		['leaves the folder', '{"entries":[{"idx":0,"when":1,"tag":"../x"}]}'],
	])('refuses a journal that %s', (_, text) => {
		const error = errorOf(() => readJournal(folderOf({ files: { 'drizzle/meta/_journal.json': text } })));
		expect(error.code).toBe('JOURNAL_INVALID');
		expect(error.message).toContain('_journal.json');
	});

	test('refuses a journal that is a folder', () => {
		const folder = folderOf({ files: { 'drizzle/meta/_journal.json/x': '' } });
		expect(errorOf(() => readJournal(folder)).code).toBe('JOURNAL_INVALID');
	});

	test('says where a journal is missing', () => {
		const error = errorOf(() => readJournal(folderOf({})));
		expect([error.code, error.hint?.includes('pnpm db:generate')]).toEqual(['JOURNAL_NOT_FOUND', true]);
	});
});
