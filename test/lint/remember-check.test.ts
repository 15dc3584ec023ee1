import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/kit/config/load-config.ts';
import { rememberCheck } from '../../src/kit/lint/remember-check.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';

const schema = `import { pgTable, text } from 'drizzle-orm/pg-core';
import { tableName } from './names.ts';
export const users = pgTable(tableName, { name: text() });
`;

/** Files of the migrations that are younger than this are not trusted to stay as they are. Milliseconds. */
const young = 2_100;

async function anAgedProject(files: Readonly<Record<string, string>> = {}): Promise<TestProject> {
	const project = aProject({
		migrations: [{ tag: '0000_init', up: 'CREATE TABLE users (name text);\n', down: 'DROP TABLE users;' }],
		files: { 'schema.ts': schema, 'names.ts': "export const tableName = 'users';\n", ...files },
	});
	await sleep(young);
	return project;
}

/** Checks once more; gives the report, and whether it was made anew. */
async function checkAgain(
	{ root }: TestProject,
	given: { readonly isRepeatable?: boolean; readonly options?: unknown } = {},
) {
	let isMade = false;
	const report = await rememberCheck({
		config: await loadConfig({ cwd: root }),
		options: given.options ?? {},
		isRepeatable: () => given.isRepeatable ?? true,
		make: async () => {
			isMade = true;
			return { findings: ['one'] };
		},
	});
	expect(report).toEqual({ findings: ['one'] });
	return isMade;
}

describe.concurrent('a check of a project in which nothing has changed', () => {
	it('is not made again', async () => {
		const project = await anAgedProject();
		expect(await checkAgain(project)).toBe(true);
		expect(await checkAgain(project)).toBe(false);
	});

	it('is made again for other options', async () => {
		const project = await anAgedProject();
		await checkAgain(project, { options: { since: 'head-1' } });
		expect(await checkAgain(project, { options: { since: 'base' } })).toBe(true);
		expect(await checkAgain(project, { options: { since: 'head-1' } })).toBe(false);
	});

	it('is made again when it could be otherwise the next time', async () => {
		const project = await anAgedProject();
		await checkAgain(project, { isRepeatable: false });
		expect(await checkAgain(project)).toBe(true);
	});

	it('is made again as long as the files of the migrations are young', async () => {
		const project = await anAgedProject();
		project.write('drizzle/0000_init.sql', 'CREATE TABLE users (name text);\n');
		expect(await checkAgain(project)).toBe(true);
		expect(await checkAgain(project)).toBe(true);
	});
});

describe.concurrent('a check after a change', () => {
	it.each([
		['a migration', 'drizzle/0000_init.sql', 'CREATE TABLE users (name text);;\n'],
		['a way back', 'drizzle/0000_init.down.sql', 'DROP TABLE users;;\n'],
		['a snapshot', 'drizzle/meta/0000_snapshot.json', '{}'],
	])('of %s is made again', async (_, file, text) => {
		const project = await anAgedProject();
		await checkAgain(project);
		project.write(file, text);
		await sleep(young);
		expect(await checkAgain(project)).toBe(true);
		expect(await checkAgain(project)).toBe(false);
	});

	it.each([
		['the schema', 'schema.ts', `${schema}\n`],
		['what the schema imports', 'names.ts', "export const tableName = 'people';\n"],
		['the configuration', 'drizzle.config.ts', undefined],
		['where imports lead to', 'tsconfig.json', '{ "compilerOptions": { "paths": { "x": ["./names.ts"] } } }'],
	])('of %s is made again', async (_, file, text) => {
		const project = await anAgedProject();
		await checkAgain(project);
		const config = project.read('drizzle.config.ts');
		project.write(file, text ?? config.replace(/(out:|"out":)/, 'strict: true, tablesFilter: ["u*"], $1'));
		expect(await checkAgain(project)).toBe(true);
	});

	it('of a schema file that a pattern finds anew is made again', async () => {
		const project = await anAgedProject();
		const config = project.read('drizzle.config.ts');
		project.write('drizzle.config.ts', config.replace('schema.ts', '*schema.ts'));
		await checkAgain(project);
		expect(await checkAgain(project)).toBe(false);
		project.write('more-schema.ts', schema);
		expect(await checkAgain(project)).toBe(true);
	});
});

describe.concurrent('a folder that cannot be looked at as a whole', () => {
	it('(a link to nothing in it, as an editor leaves one) is checked every time', async () => {
		const project = await anAgedProject();
		symlinkSync('nobody@nowhere.1', join(project.root, 'drizzle', '.#0000_init.sql'));
		expect(await checkAgain(project)).toBe(true);
		expect(await checkAgain(project)).toBe(true);
	});
});

describe.concurrent('a schema that depends on more than its files', () => {
	it.each([
		['the environment', "export const tableName = process.env.TABLE ?? 'users';\n"],
		[
			'a file that it reads',
			"import { readFileSync } from 'node:fs';\nexport const tableName = readFileSync('name').toString();\n",
		],
		['a package that cannot be found', "import 'no-such-package';\nexport const tableName = 'users';\n"],
	])('(%s) is checked every time', async (_, names) => {
		const project = await anAgedProject({ 'names.ts': names });
		await checkAgain(project);
		expect(await checkAgain(project)).toBe(true);
	});
});
