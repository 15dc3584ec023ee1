import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { loadConfig } from '../../src/kit/config/load-config.ts';
import { openScratchServer, type ScratchServer } from '../../src/kit/database/scratch/open-scratch-server.ts';
import { buildStateBefore } from '../../src/kit/generate/build-state-before.ts';
import { compareWithTypeScript, loadTypeScript } from '../../src/kit/generate/compare-with-typescript.ts';
import { draftMigration } from '../../src/kit/generate/draft-migration.ts';
import { openDrizzleKit } from '../../src/kit/generate/open-drizzle-kit.ts';
import { readJournal } from '../../src/kit/journal/read-journal.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { drizzleImports } from './drizzle-imports.ts';

let server: ScratchServer;

beforeAll(async () => {
	server = await openScratchServer({ kind: 'server', connection: { connectionString: inject('serverUrl') } });
});

afterAll(() => server.close());

const users = (name: string, columns = '') =>
	`${drizzleImports} export const users = pgTable('${name}', { id: serial().primaryKey(), email: text().notNull().unique(), ${columns} });`;

/** A project whose one migration is the given SQL and whose snapshot says what the given schema says. */
async function aProjectOf(sql: string, schema: string): Promise<TestProject> {
	const project = aProject({ migrations: [{ tag: '0000_init', up: sql }], files: { 'schema.ts': schema } });
	const config = await loadConfig({ cwd: project.root });
	const kit = openDrizzleKit(project.root);
	const { snapshot } = await draftMigration(config, { folder: '', migrations: [], orphans: [] }, { kit });
	await kit.close();
	project.write('drizzle/meta/0000_snapshot.json', JSON.stringify(snapshot));
	return project;
}

async function compare(project: TestProject): Promise<readonly string[]> {
	const config = await loadConfig({ cwd: project.root });
	const journal = readJournal(config.folder);
	const state = await buildStateBefore(server, journal);
	const snapshot = await loadTypeScript(config, journal);
	if (snapshot === undefined) return [];
	return await compareWithTypeScript(state, { config, journal, snapshot, ignoreSchemas: [] });
}

const made = `CREATE TABLE people (id serial PRIMARY KEY, email text NOT NULL CONSTRAINT people_email_unique UNIQUE);`;

test('finds no difference in what was written by hand', async () => {
	const hand = `CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ begin return new; end $$;
		CREATE TRIGGER touch BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touch();
		CREATE VIEW mails AS SELECT email FROM people; CREATE INDEX by_hand ON people (lower(email));`;
	expect(await compare(await aProjectOf(made + hand, users('people')))).toEqual([]);
});

test('finds no difference in names that a renamed table kept', async () => {
	const renamed = `${made.replaceAll('people', 'users')} ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME CONSTRAINT users_email_unique TO people_email_unique;`;
	expect(await compare(await aProjectOf(renamed, users('people')))).toEqual([]);
});

test('names what the migrations lack, and what they have that TypeScript has not', async () => {
	const project = await aProjectOf(made, users('people'));
	project.write('schema.ts', users('people', 'nick: text()').replace('.notNull()', ''));
	expect(await compare(project)).toEqual([
		'column people.email is NOT NULL here, nullable expected',
		'column people.nick is missing',
	]);
	project.write('schema.ts', users('people').replace('email: text().notNull().unique(),', ''));
	expect(await compare(project)).toContain('column people.email exists only here');
});

test('names where a migration made something else than its snapshot says', async () => {
	const project = await aProjectOf(made.replace('serial', 'integer'), users('people'));
	expect((await compare(project)).join()).toMatch(/default of people\.id differs/);
});

test('names what a migration made by hand and no snapshot knows, where TypeScript has it', async () => {
	const project = await aProjectOf(
		`${made} CREATE TABLE logs (id integer PRIMARY KEY); CREATE TYPE mood AS ENUM ('a');`,
		users('people'),
	);
	project.write(
		'schema.ts',
		`${users('people')} export const mood = pgEnum('mood', ['a']); export const logs = pgTable('logs', { id: integer().primaryKey(), more: text() });`,
	);
	expect(await compare(project)).toEqual([
		expect.stringMatching(
			/^enum mood was made by hand in 0000_init\.sql, and no snapshot knows it, .*drizzle-kit generate/,
		),
		expect.stringMatching(/^table logs was made by hand in 0000_init\.sql/),
		'column logs.more is missing',
	]);
});

test('gives the reason where drizzle-kit cannot make the TypeScript schema', async () => {
	const project = await aProjectOf(made, users('people'));
	project.write('schema.ts', users('people', 'note: jsonb().default({ a: "it\'s" })'));
	expect(await compare(project)).toEqual([
		expect.stringMatching(/drizzle-kit makes of the TypeScript schema does not run/),
	]);
});

test('refuses schema files that export nothing, unless no snapshot knows of anything either', async () => {
	const project = await aProjectOf(made, users('people'));
	project.write('schema.ts', `${drizzleImports} export const nothing = 1;`);
	await expect(compare(project)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
	const journal = { folder: '', migrations: [], orphans: [] };
	const config = await loadConfig({ cwd: project.root });
	expect(await loadTypeScript(config, journal)).toBeUndefined();
});
