import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, inject, test } from 'vitest';
import { compareObjects } from '../../src/kit/catalog/compare-objects.ts';
import { readCatalog, readObjects } from '../../src/kit/catalog/read-catalog.ts';
import { type GenerateOptions, generate } from '../../src/kit/commands/generate.ts';
import { locateCache } from '../../src/kit/config/project-cache.ts';
import { openScratchServer, type ScratchServer } from '../../src/kit/database/scratch/open-scratch-server.ts';
import { openKnownStates } from '../../src/kit/generate/known-states.ts';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { readJournal } from '../../src/kit/journal/read-journal.ts';
import { recallCatalog, whatIsRemembered } from '../../src/kit/reverse/remember-catalog.ts';
import { runMigrationSql } from '../../src/kit/reverse/run-migration-sql.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { drizzleImports } from './drizzle-imports.ts';

let project: TestProject;
/** A name that no other run of these tests has: what is known outlives them. */
let own: string;

beforeEach(() => {
	project = aProject({ files: { '.env': `SHADOW_DATABASE_URL=${inject('serverUrl')}\n` } });
	own = `t${computeChecksum(project.root).slice(0, 12)}`;
});

async function run(columns: string, options: GenerateOptions = {}) {
	const table = `export const mood = pgEnum('${own}_mood', ['good', 'bad']);
export const t = pgTable('${own}', { id: serial().primaryKey(), ${columns} });`;
	project.write('schema.ts', drizzleImports + table);
	const messages: string[] = [];
	const report = await generate({
		cwd: project.root,
		onProgress: ({ message }) => messages.push(message),
		...options,
	});
	return { report, messages };
}

async function withServer<Result>(work: (server: ScratchServer) => Promise<Result>): Promise<Result> {
	const server = await openScratchServer({
		kind: 'server',
		connection: { connectionString: inject('serverUrl') },
	});
	try {
		return await work(server);
	} finally {
		await server.close();
	}
}

function readProject() {
	return readJournal(join(project.root, 'drizzle'));
}

test('the state that generate leaves for the next is what the files make, and is read by nobody again', async () => {
	await run(`a: text()`);
	await run(`a: text().notNull().default('x'), m: mood().default('good'), b: integer().unique()`);
	const journal = readProject();
	await withServer(async (server) => {
		const known = openKnownStates({ root: project.root, shadowUrl: inject('serverUrl') }, ['drizzle']);
		const copy = await known.take(server, journal);
		if (copy === undefined) throw new Error('it is not known');
		const replayed = await server.create();
		for (const { up } of journal.migrations) await runMigrationSql(replayed.pool(), up?.sql ?? '');
		const made = await readObjects(replayed.pool(), { ignoreSchemas: ['drizzle'] });
		expect(await compareObjects(await readObjects(copy.pool()), made)).toEqual([]);
		const remembered = whatIsRemembered(copy)?.catalog;
		const read = await readCatalog(copy.pool(), { ignoreSchemas: ['drizzle'] });
		expect([...(remembered?.objects ?? [])]).toEqual([...read.objects]);
		expect([...(remembered?.types ?? [])]).toEqual([...read.types]);
		expect([remembered?.parts, remembered?.roles?.toSorted()]).toEqual([read.parts, read.roles.toSorted()]);
		expect(remembered?.facts?.facts).toEqual(read.facts.facts);
	});
});

test('the next generate replays nothing, and the one after a migration was taken back begins where that one began', async () => {
	await run('a: text()');
	const files = project.listFiles();
	const second = await run('a: text(), b: text()');
	expect(second.messages).not.toContain('replaying the migrations');
	rmSync(join(project.root, 'drizzle'), { recursive: true });
	for (const [path, text] of Object.entries(files)) project.write(path, text);
	const again = await run('a: text(), c: text()');
	expect(again.messages).not.toContain('replaying the migrations');
	expect(again.report).toMatchObject({
		kind: 'created',
		statements: [expect.stringContaining('ADD COLUMN "c" text')],
		downReversibility: 'lossy',
	});
});

test('a migration edited after it was generated is replayed', async () => {
	await run('a: text()');
	const [file = ''] = Object.keys(project.listFiles()).filter((path) =>
		/0000_.*(?<!\.down)\.sql$/.test(path),
	);
	project.write(
		file,
		`${readFileSync(join(project.root, file), 'utf8')}\n--> statement-breakpoint\nCREATE VIEW ${own}_v AS SELECT 1 AS a;`,
	);
	const { report, messages } = await run('a: text(), b: text()');
	expect(messages).toContain('replaying the migrations');
	expect(report).toMatchObject({ kind: 'created' });
});

test('a copy that was changed is read, and so is one whose file was cut short', async () => {
	await run('a: text()');
	const journal = readProject();
	await withServer(async (server) => {
		const known = openKnownStates({ root: project.root, shadowUrl: inject('serverUrl') }, ['drizzle']);
		const copy = await known.take(server, journal);
		await copy?.query(`CREATE TABLE ${own}_more (a int)`);
		const catalog = copy && (await recallCatalog(copy, { ignoreSchemas: ['drizzle'] }));
		expect([...(catalog?.objects.keys() ?? [])].join()).toContain(`${own}_more`);

		const folder = locateCache(project.root) ?? '';
		for (const name of readdirSync(folder).filter((name) => name.startsWith('catalog-')))
			writeFileSync(join(folder, name), readFileSync(join(folder, name)).subarray(0, 40));
		const other = await known.take(server, journal);
		const read = other && (await recallCatalog(other, { ignoreSchemas: ['drizzle'] }));
		expect([...(read?.objects.keys() ?? [])].join()).toContain(own);
		expect(await known.take(server, { ...journal, migrations: [] })).toBeDefined();
	});
});

test('a state that nobody changed is taken again, not copied', async () => {
	await run('a: text()');
	await run('a: text()');
	await withServer(async (server) => {
		const listCached = async () =>
			(await server.create()).query("SELECT oid FROM pg_database WHERE datname LIKE 'companion\\_cache\\_%'");
		const known = openKnownStates({ root: project.root, shadowUrl: inject('serverUrl') }, ['drizzle']);
		const cached = (await listCached()).rows.map(({ oid }) => oid);
		const database = await known.take(server, readProject());
		const [own] = (
			(await database?.query('SELECT oid FROM pg_database WHERE datname = current_database()')) ?? {
				rows: [],
			}
		).rows;
		expect(cached).toContain(own.oid);
		if (database !== undefined) await known.giveBack(server, readProject(), database);
		expect((await listCached()).rows.map(({ oid }) => oid)).toContain(own.oid);
	});
});
