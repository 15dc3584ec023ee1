import { beforeEach, describe, expect, test } from 'vitest';
import { history } from '../../src/kit/commands/history.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { repair } from '../../src/kit/commands/repair.ts';
import { aProject, firstWhen, type TestProject } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readRows, readSchema } from '../harness/ledger-rows.ts';
import { runScript } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const ledger = 'drizzle.__drizzle_migrations';

async function aMigratedProject(): Promise<TestProject> {
	const project = aProject({
		migrations: [
			{ tag: '0000_a', up: 'CREATE TABLE a ();', down: 'DROP TABLE a;' },
			{ tag: '0001_b', up: 'CREATE TABLE b ();', down: 'DROP TABLE b;' },
		],
	});
	await migrate({ cwd: project.root, url: database.url });
	return project;
}

async function problemsOf({ root }: TestProject): Promise<readonly string[]> {
	const report = await history({ cwd: root, url: database.url });
	return report.problems.map(({ code }) => code);
}

const messes = {
	'a file that was edited after it was applied': {
		problem: 'EDITED',
		mess: async ({ write }: TestProject) => write('drizzle/0001_b.sql', 'CREATE TABLE b (n int);'),
		step: ['accept', '0001_b'],
	},
	'a row whose migration is gone': {
		problem: 'UNKNOWN_APPLIED',
		mess: async () => {
			await database.query(
				`INSERT INTO ${ledger} (hash, created_at) VALUES ('of a branch', ${firstWhen + 500})`,
			);
		},
		step: ['forget', expect.any(String)],
	},
	'a row that is there twice': {
		problem: undefined,
		mess: async () => {
			await database.query(
				`INSERT INTO ${ledger} (hash, created_at) SELECT hash, created_at FROM ${ledger} WHERE created_at = ${firstWhen}`,
			);
		},
		step: ['forget', '0000_a'],
	},
	'a row that was stamped by hand with the time of the clock': {
		problem: 'UNKNOWN_APPLIED',
		mess: async () => {
			await database.query(`UPDATE ${ledger} SET created_at = 1795999999999 WHERE created_at > ${firstWhen}`);
		},
		step: ['accept', '0001_b'],
	},
} as const;

describe.each(Object.entries(messes))('%s', (_name, { problem, mess, step }) => {
	test('is mended in the ledger alone, and the next run finds nothing to do', async () => {
		const project = await aMigratedProject();
		const { root } = project;
		const schema = await readSchema(database);
		await mess(project);
		const messy = await readRows(database);
		const files = project.listFiles();
		if (problem !== undefined) expect(await problemsOf(project)).toContain(problem);

		const planned = await repair({ cwd: root, url: database.url, only: 'plan' });
		expect(planned.repairs.map(({ step }) => [step.kind, step.tag])).toEqual([step]);
		expect(await readRows(database)).toEqual(messy);
		const refused = await rejectionOf(repair({ cwd: root, url: database.url }));
		expect([refused.code, await readRows(database)]).toEqual(['CONFIRMATION_REQUIRED', messy]);
		const declined = await repair({ cwd: root, url: database.url, confirm: async () => false });
		expect([declined.repairs, await readRows(database)]).toEqual([[], messy]);

		await repair({ cwd: root, url: database.url, yes: true });
		expect(await problemsOf(project)).not.toContain(problem);
		expect(await readSchema(database)).toEqual(schema);
		expect(project.listFiles()).toEqual(files);
		const again = await migrate({ cwd: root, url: database.url });
		expect(again.plan.steps).toEqual([]);
		expect((await repair({ cwd: root, url: database.url })).repairs).toEqual([]);
	});
});

const notForRepair = {
	'an applied migration whose file is missing': {
		mess: async ({ remove }: TestProject) => remove('drizzle/0001_b.sql'),
		says: /0001_b\.sql/,
	},
	'a file that no entry of the journal names': {
		mess: async ({ write }: TestProject) => write('drizzle/0007_orphan.sql', 'SELECT 1;'),
		says: /0007_orphan\.sql is in the folder and no entry.*Delete it/,
	},
	'a snapshot that is missing': {
		mess: async ({ remove }: TestProject) => remove('drizzle/meta/0001_snapshot.json'),
		says: /0001_snapshot\.json.*Restore the file/,
	},
	'a ledger that another tool owns': {
		mess: async () => {
			await database.query(`ALTER TABLE ${ledger} RENAME COLUMN hash TO version`);
		},
		says: /LEDGER_UNREADABLE/,
	},
	'a journal with conflict markers': {
		mess: async ({ read, write }: TestProject) =>
			write(
				'drizzle/meta/_journal.json',
				`<<<<<<< HEAD\n${read('drizzle/meta/_journal.json')}=======\n>>>>>>> other\n`,
			),
		says: /JOURNAL_INVALID/,
	},
} as const;

test.each(Object.entries(notForRepair))('%s is named, and left alone', async (_name, { mess, says }) => {
	const project = await aMigratedProject();
	await mess(project);
	const before = [project.listFiles(), await database.query(`SELECT * FROM ${ledger}`)];
	const env = { DATABASE_URL: database.url };
	const { stdout, stderr } = await runScript('repair', ['--yes'], { cwd: project.root, env });
	expect(stdout + stderr).toMatch(says);
	expect(stdout).not.toContain('Nothing to mend:');
	expect([project.listFiles(), await database.query(`SELECT * FROM ${ledger}`)]).toEqual(before);
});

test('wants the name of a database that is not local, before anything is mended', async () => {
	const project = await aMigratedProject();
	project.write('drizzle/0001_b.sql', 'CREATE TABLE b (n int);');
	// This machine, in a spelling that could be anywhere.
	const url = database.url.replace('127.0.0.1', '0.0.0.0');
	const before = await readRows(database);
	const options = { cwd: project.root, url, confirm: async () => true };
	const asked: string[] = [];
	const answer = (name: string) => async (label: string) => {
		asked.push(label);
		return name;
	};
	for (const refused of [options, { ...options, askDatabaseName: answer('another') }])
		expect((await rejectionOf(repair(refused))).code).toBe('CONFIRMATION_REQUIRED');
	expect(await readRows(database)).toEqual(before);
	await repair({ ...options, askDatabaseName: answer(database.name) });
	expect(await readRows(database)).not.toEqual(before);
	expect(asked).toEqual([expect.stringContaining('0.0.0.0'), expect.stringContaining('0.0.0.0')]);
});
