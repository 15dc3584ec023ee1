import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { drift } from '../../src/kit/commands/drift.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { identifyKit } from '../../src/kit/config/kit-identity.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(async () => {
	await database.empty();
	// While somebody writes this very code, nothing is remembered.
	while (identifyKit() === undefined) await sleep(200);
});

const migrations = [
	{ tag: '0000_a', up: 'CREATE TABLE a (id integer PRIMARY KEY, n text);' },
	{ tag: '0001_b', up: 'CREATE INDEX a_n ON a (n);' },
];

/** Asks for drift; says what differs, and whether the migrations were run for it. */
async function ask({ root }: TestProject) {
	const messages: string[] = [];
	const { differences } = await drift({
		cwd: root,
		url: database.url,
		onProgress: ({ message }) => messages.push(message),
	});
	return {
		words: differences.map(({ words }) => words),
		isMadeAnew: messages.includes('comparing the two catalogs'),
	};
}

describe('a database that is as it should be', () => {
	it('is known to be so the second time without running the migrations', async () => {
		const project = aProject({ migrations });
		await migrate({ cwd: project.root, url: database.url });
		expect(await ask(project)).toEqual({ words: [], isMadeAnew: true });
		expect(await ask(project)).toEqual({ words: [], isMadeAnew: false });
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
