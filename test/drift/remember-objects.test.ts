import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { drift } from '../../src/kit/commands/drift.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { identifyKit } from '../../src/kit/config/kit-identity.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { useDatabase } from '../harness/test-database.ts';

const [database, other] = [useDatabase(), useDatabase()];
beforeEach(async () => {
	for (const each of [database, other]) await each.empty();
	// While somebody writes this very code, nothing is remembered.
	while (identifyKit() === undefined) await sleep(200);
});

const migrations = [
	{ tag: '0000_a', up: 'CREATE TABLE a (id integer PRIMARY KEY, n text);' },
	{ tag: '0001_b', up: 'CREATE INDEX a_n ON a (n);' },
];

/** Asks for drift; says what differs, and whether a scratch database was looked at for it. */
async function ask(project: TestProject) {
	const { messages: _all, ways: _both, ...asked } = await askAll(project);
	return asked;
}

async function askAll({ root }: TestProject, { url }: { readonly url: string } = database) {
	const messages: string[] = [];
	const { differences, restore, adopt } = await drift({
		cwd: root,
		url,
		onProgress: ({ message }) => messages.push(message),
	});
	return {
		words: differences.map(({ words }) => words),
		ways: [restore, adopt],
		isMadeAnew: messages.includes('comparing the two catalogs'),
		messages,
	};
}

describe('a database that is as it should be', () => {
	it('is known to be so the second time without running the migrations', async () => {
		const project = aProject({ migrations });
		await migrate({ cwd: project.root, url: database.url });
		expect(await ask(project)).toEqual({ words: [], isMadeAnew: true });
		expect(await ask(project)).toEqual({ words: [], isMadeAnew: false });
	});

	it('is known to be so when another database of the server was looked at', async () => {
		const project = aProject({ migrations });
		for (const { url } of [database, other]) await migrate({ cwd: project.root, url });
		await ask(project);
		expect((await askAll(project, other)).isMadeAnew).toBe(false);
	});

	it('is looked at anew after another migration', async () => {
		const project = aProject({ migrations });
		await migrate({ cwd: project.root, url: database.url, target: '0' });
		await ask(project);
		await migrate({ cwd: project.root, url: database.url });
		expect(await ask(project)).toEqual({ words: [], isMadeAnew: true });
	});

	it('is looked at anew where the server chooses a version of an extension', async () => {
		const project = aProject({
			migrations: [...migrations, { tag: '0002_c', up: 'CREATE EXTENSION IF NOT EXISTS plpgsql;' }],
		});
		await migrate({ cwd: project.root, url: database.url });
		await ask(project);
		expect(await ask(project)).toEqual({ words: [], isMadeAnew: true });
	});
});

describe('a database that has drifted since', () => {
	it('is compared with what was made before, which stays', async () => {
		const own = `t${randomBytes(6).toString('hex')}`;
		const project = aProject({ migrations: [{ tag: '0000_a', up: `CREATE TABLE ${own} (id integer);` }] });
		await migrate({ cwd: project.root, url: database.url });
		await database.query(`ALTER TABLE ${own} ADD COLUMN n integer`);
		const asked = [await askAll(project), await askAll(project), await askAll(project)];
		expect(asked.map(({ words }) => words)).toEqual(Array(3).fill([`column ${own}.n exists only here`]));
		const replayed = asked.map(({ messages }) => messages.includes('replaying the migrations'));
		expect(replayed).toEqual([true, false, false]);
	});

	it('is given the same proven SQL when nothing but it is read', async () => {
		const project = aProject({ migrations });
		await migrate({ cwd: project.root, url: database.url });
		await database.query('ALTER TABLE a ADD COLUMN m integer');
		const asked = [await askAll(project), await askAll(project), await askAll(project)];
		const ways = [
			{ statements: ['ALTER TABLE "public"."a" DROP COLUMN "m";'], isProven: true },
			{ statements: ['ALTER TABLE "public"."a" ADD COLUMN "m" integer;'], isProven: true },
		];
		expect(asked.map((each) => each.ways)).toEqual([ways, ways, ways]);
	});

	it('is compared with what the migrations make now, not with what they made', async () => {
		const project = aProject({ migrations });
		await migrate({ cwd: project.root, url: database.url });
		await database.query('ALTER TABLE a ADD COLUMN m integer');
		await ask(project);
		await database.query('DROP TABLE a; DROP SCHEMA drizzle CASCADE');
		const next = aProject({ migrations: [{ tag: '0000_b', up: 'CREATE TABLE b (id integer);' }] });
		for (const [path, text] of Object.entries(next.listFiles())) project.write(path, text);
		await migrate({ cwd: project.root, url: database.url });
		await database.query('ALTER TABLE b ADD COLUMN m integer');
		const { words, ways } = await askAll(project);
		expect(words).toEqual(['column b.m exists only here']);
		expect(ways.every(({ isProven }) => isProven)).toBe(true);
	});

	it('is found out, and known to be mended', async () => {
		const project = aProject({ migrations });
		await migrate({ cwd: project.root, url: database.url });
		await ask(project);
		await database.query('DROP INDEX a_n; CREATE TABLE extra ()');
		const drifted = await ask(project);
		expect([drifted.words.toSorted(), drifted.isMadeAnew]).toEqual([
			['index a_n is missing', 'table extra exists only here'],
			true,
		]);
		await database.query('CREATE INDEX a_n ON a (n); DROP TABLE extra');
		expect(await ask(project)).toEqual({ words: [], isMadeAnew: false });
	});
});
