import { afterEach, describe, expect, test } from 'vitest';
import { loadSchema } from '../../src/kit/generate/load-schema.ts';
import { type DrizzleKit, openDrizzleKit } from '../../src/kit/generate/open-drizzle-kit.ts';
import { aProject } from '../harness/a-project.ts';
import { repository } from '../harness/repository.ts';
import { runProgram } from '../harness/run-script.ts';
import { drizzleImports } from './drizzle-imports.ts';

let kit: DrizzleKit | undefined;

afterEach(() => kit?.close());

async function load(files: Readonly<Record<string, string>>, schema: readonly string[] = ['./src/*.ts']) {
	const { root } = aProject({ files });
	kit = openDrizzleKit(root);
	return await loadSchema({ schema }, kit);
}

const users = `${drizzleImports} export const users = pgTable('users', { id: integer() });`;

describe('finds schema files as drizzle-kit does', () => {
	test.each<[string, readonly string[], Readonly<Record<string, string>>]>([
		['a file', ['./src/schema.ts'], { 'src/schema.ts': users }],
		['a folder, its direct files only', ['src/db'], { 'src/db/a.ts': users, 'src/db/deep/b.ts': 'throw 1' }],
		['a pattern', ['src/**/*.schema.ts'], { 'src/a/b/x.schema.ts': users, 'src/other.ts': 'throw 1' }],
		['braces', ['{src,lib}/tables.{ts,js}'], { 'lib/tables.ts': users }],
		['several patterns', ['./a.ts', './b/*.ts'], { 'a.ts': users, 'b/none.ts': 'export const x = 1;' }],
		['a name with brackets in it', ['src/[id]/schema.ts'], { 'src/[id]/schema.ts': users }],
		['an .mjs file', ['s.mjs'], { 's.mjs': users }],
		[
			'a .cjs file',
			['s.cjs'],
			{
				's.cjs': `const p = require('drizzle-orm/pg-core'); exports.u = p.pgTable('users', { id: p.integer() });`,
			},
		],
		['a .tsx file', ['s.tsx'], { 's.tsx': users }],
	])('%s', async (_name, schema, files) => {
		expect(Object.keys((await load(files, schema)).snapshot.tables)).toEqual(['public.users']);
	});
});

describe('loads what the files import', () => {
	test.each<[string, Readonly<Record<string, string>>]>([
		[
			'without an ending',
			{ 'src/schema.ts': `export * from './tables/users';`, 'src/tables/users.ts': users },
		],
		[
			'with .js for a .ts file',
			{ 'src/schema.ts': `export * from './tables/users.js';`, 'src/tables/users.ts': users },
		],
		[
			'with .ts',
			{ 'src/schema.ts': `export { users } from './tables/users.ts';`, 'src/tables/users.ts': users },
		],
		[
			'by an alias of tsconfig.json',
			{
				'src/schema.ts': `export * from '@/tables/users';`,
				'src/tables/users.ts': users,
				'tsconfig.json': '{ "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./src/*"] } } }',
			},
		],
		['in a CommonJS package', { 'src/schema.ts': users, 'package.json': '{ "name": "cjs" }' }],
		[
			'with import.meta and __dirname',
			{ 'src/schema.ts': `${users} export const here = [import.meta.url, __dirname];` },
		],
		['the same table exported twice', { 'src/index.ts': `export * from './users';`, 'src/users.ts': users }],
		['an enum declared by TypeScript', { 'src/schema.ts': `${users} export enum Kind { A = 'a' }` }],
	])('%s', async (_name, files) => {
		expect(Object.keys((await load(files)).snapshot.tables)).toEqual(['public.users']);
	});

	test('keeps what schema files print and set to themselves', async () => {
		const { notices } = await load({
			'src/schema.ts': `console.log('noise'); process.env.LEAKED = '1'; ${users}`,
		});
		expect(notices).toEqual([]);
		expect(process.env.LEAKED).toBeUndefined();
	});

	test('takes bigint defaults, which drizzle-kit cannot write', async () => {
		const source = `${drizzleImports} export const t = pgTable('t', { a: bigint({ mode: 'bigint' }).default(10n) });`;
		expect((await load({ 'src/schema.ts': source })).snapshot.tables['public.t']?.columns.a?.default).toBe(
			10,
		);
	});
});

describe('refuses with CONFIG_INVALID', () => {
	test.each<[string, Readonly<Record<string, string>>, RegExp]>([
		[
			'a file that throws',
			{ 'src/schema.ts': `throw new Error('no database here');` },
			/schema\.ts cannot be read: no database here/,
		],
		[
			'a file that throws no error',
			{ 'src/schema.ts': `throw 'just text';` },
			/schema\.ts cannot be read: just text/,
		],
		[
			'a file that another imports, and that throws',
			{ 'src/a.ts': `export * from './b';`, 'src/b.ts': `throw new Error('no database here');` },
			/src\/b\.ts cannot be read: no database here/,
		],
		[
			'a syntax error in a file that another imports',
			{ 'src/a.ts': `export * from './b';`, 'src/b.ts': 'export const = 1;' },
			/src\/b\.ts cannot be read/,
		],
		[
			'an import that is not there in a file that another imports',
			{ 'src/a.ts': `export * from './b';`, 'src/b.ts': `import './nowhere';` },
			/src\/b\.ts cannot be read: Cannot find module/,
		],
		[
			'an index of a column that is not there, in a file that another imports',
			{
				'src/a.ts': `export * from './b';`,
				'src/b.ts': `${drizzleImports} export const t = pgTable('t', { x: integer() }, (t) => [index('i').on(t.y.desc())]);`,
			},
			/src\/b\.ts cannot be read/,
		],
		['a syntax error', { 'src/schema.ts': 'export const = 1;' }, /schema\.ts cannot be read/],
		[
			'an import that is not there',
			{ 'src/schema.ts': `import './nowhere'; ${users}` },
			/Cannot find module '\.\/nowhere'/,
		],
		[
			'a file that ends the process',
			{ 'src/schema.ts': `console.log('bye'); process.exit(0);` },
			/process\.exit|bye/,
		],
		['top-level await', { 'src/schema.ts': `await Promise.resolve(); ${users}` }, /[Tt]op-level await/],
		[
			'nothing exported',
			{ 'src/schema.ts': `import { pgTable } from 'drizzle-orm/pg-core'; const t = pgTable('t', {});` },
			/No PostgreSQL table is exported/,
		],
		['no file', { 'other.ts': '' }, /No schema file matches "\.\/src\/\*\.ts"/],
		[
			'one index name twice',
			{
				'src/schema.ts': `${drizzleImports} export const a = pgTable('a', { x: integer() }, (t) => [index('i').on(t.x)]); export const b = pgTable('b', { x: integer() }, (t) => [index('i').on(t.x)]);`,
			},
			/duplicated index name/,
		],
		[
			'one table name for two tables',
			{
				'src/a.ts': users,
				'src/b.ts': `${drizzleImports} export const people = pgTable('users', { name: text() });`,
			},
			/table public\.users: users in .*a\.ts and people in .*b\.ts/,
		],
	])('%s', async (_name, files, message) => {
		await expect(load(files)).rejects.toMatchObject({
			code: 'CONFIG_INVALID',
			message: expect.stringMatching(message),
		});
	});
});

describe('what drizzle-orm has for other databases', () => {
	/** A schema file that tells, as a column's default, what it finds. */
	const telling = (expression: string) => `${drizzleImports}
		export const users = pgTable('users', { found: text().default(String(${expression})) });`;

	async function found(expression: string): Promise<unknown> {
		const { snapshot } = await load({ 'src/schema.ts': telling(expression) });
		return snapshot.tables['public.users']?.columns.found?.default;
	}

	test('is not loaded for PostgreSQL', async () => {
		const loaded = `Object.keys(require.cache).filter((file) => /drizzle-orm.(?:mysql|singlestore|sqlite|gel)-core/.test(file)).length`;
		expect(await found(loaded)).toBe("'0'");
	});

	test('is there for a file that asks for it', async () => {
		const asked = `typeof require('drizzle-orm/mysql-core').mysqlTable + ' ' + typeof new (require('drizzle-orm/singlestore-core').SingleStoreDialect)().sqlToQuery`;
		expect(await found(asked)).toBe("'function function'");
	});
});

describe('a thread that was started before it was known to be needed', () => {
	const start = (then: string) => `
		import { openDrizzleKit, startDrizzleKit } from ${JSON.stringify(`${repository}/src/kit/generate/open-drizzle-kit.ts`)};
		startDrizzleKit(process.cwd());
		${then}`;

	async function runToEnd(then: string) {
		const { root } = aProject({ files: { 'src/schema.ts': users, 'start.mts': start(then) } });
		return await runProgram(`${repository}/node_modules/.bin/tsx`, ['start.mts'], { cwd: root });
	}

	test('keeps no process from ending', async () => {
		expect(await runToEnd('')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
	});

	test('is taken by whoever opens it', async () => {
		const { stdout, exitCode } = await runToEnd(`const kit = openDrizzleKit(process.cwd());
			const answer = await kit.run({ kind: 'load', patterns: ['src/schema.ts'], casing: undefined });
			console.log(Object.keys(answer.value.snapshot.tables));
			await kit.close();`);
		expect([exitCode, stdout.trim()]).toEqual([0, "[ 'public.users' ]"]);
	});
});
