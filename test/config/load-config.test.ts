import { describe, expect, test } from 'vitest';
import { checkConfigFile } from '../../src/kit/config/check-config-file.ts';
import { isPostgresUrl } from '../../src/kit/config/is-postgres-url.ts';
import { loadConfig } from '../../src/kit/config/load-config.ts';
import { aProject } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';

describe('isPostgresUrl', () => {
	test.each([
		'postgres://u:p@h:5432/d',
		'postgresql://u@h/d',
		'postgres://h/d',
		'postgres:///d?host=/var/run/postgresql',
		'postgres://u:p@/d?host=/tmp',
		'postgres://u:p%40ss%3Aw%2Frd%3F%23%5B%5D@h/d',
		'postgres://u:p@[::1]:5432/d?sslmode=require',
		'postgres://u:p@ss@h/d',
	])('takes %s', (url) => {
		expect(isPostgresUrl(url)).toBe(true);
	});

	test.each([
		'',
		'mysql://u@h/d',
		'h:5432/d',
		'postgres:/u@h/d',
		'postgres://u:p@h:port/d',
		'postgres://u:p@h/d e',
		'postgres://u:p@ss/w@h/d',
		'postgres://u:12/p@h/d',
		'postgres://u:p#x@h/d',
		'postgres://u:p?x@h/d',
		'postgres://u:%E0%A4@h/d',
		'postgres://u:p%@h/d',
	])('refuses %j', (url) => {
		expect(isPostgresUrl(url)).toBe(false);
	});
});

describe('checkConfigFile', () => {
	const problemsOf = (kit: unknown, companion?: unknown) =>
		checkConfigFile(kit, companion, { isWritten: true }).problems;

	test("has drizzle-kit's defaults", () => {
		expect(checkConfigFile({ dialect: 'postgresql' }, undefined, { isWritten: true })).toMatchObject({
			problems: [],
			settings: {
				out: 'drizzle',
				breakpoints: true,
				prefix: 'index',
				schemaFilter: ['public'],
				ledger: { schema: 'drizzle', table: '__drizzle_migrations' },
				companion: { lockTimeout: 5_000, lockRetries: 10, lockWait: 60_000 },
			},
		});
	});

	test('collects every problem, and repeats no value that may be secret', () => {
		const problems = problemsOf(
			{
				dialect: 'sqlite',
				out: 1,
				schema: [1],
				breakpoints: 'no',
				casing: 'kebab',
				migrations: { schema: '', prefix: 'x' },
				dbCredentials: { url: 5, password: 'secret' },
			},
			{ lockTimeout: 'secret', nope: 1 },
		);
		expect(problems).toHaveLength(10);
		expect(problems.join()).not.toContain('secret');
	});

	test.each([[null], [[]], ['x'], [Promise.resolve({})]])('refuses %j as a whole', (kit) => {
		expect(problemsOf(kit)[0]).toContain('the default export');
	});

	test('takes credentials without a URL for none, and wants host and database otherwise', () => {
		expect(
			checkConfigFile({ dbCredentials: { url: undefined } }, undefined, { isWritten: false }).settings
				.connection,
		).toBeUndefined();
		expect(problemsOf({ dialect: 'postgresql', dbCredentials: { user: 'x' } })).toHaveLength(1);
		const parts = { host: 'h', database: 'd', port: 1, user: 'u', password: 'p', ssl: true };
		expect(
			checkConfigFile({ dbCredentials: parts }, undefined, { isWritten: false }).settings.connection,
		).toEqual(parts);
	});
});

describe('loadConfig', () => {
	test.each([
		['drizzle.config.ts', `export default { dialect: 'postgresql', out: './there' } satisfies object;`],
		['drizzle.config.js', `module.exports = { dialect: 'postgresql', out: './there' };`],
		['drizzle.config.mjs', `export default { dialect: 'postgresql', out: './there' };`],
		['drizzle.config.json', `{ "dialect": "postgresql", "out": "./there" }`],
		[
			'other.config.ts',
			`import { defineConfig } from 'drizzle-kit';\nexport default defineConfig({ dialect: 'postgresql', out: './there' });`,
		],
	])('reads %s', async (name, text) => {
		const files = name.endsWith('.js') ? { [name]: text, 'package.json': '{}' } : { [name]: text };
		const project = aProject({ files });
		if (name !== 'drizzle.config.ts' && name !== 'other.config.ts') project.remove('drizzle.config.ts');
		const named = name === 'other.config.ts' ? { config: name } : {};
		const config = await loadConfig({ cwd: project.root, ...named });
		expect([config.folder, config.file]).toEqual([`${project.root}/there`, `${project.root}/${name}`]);
	});

	test.each([
		['null', 'x.json', 'null'],
		['an array', 'x.json', '[]'],
		['broken', 'x.json', '{'],
		['throwing', 'x.ts', 'throw new Error("boom")'],
		['a promise', 'x.ts', 'export default Promise.resolve({})'],
	])('refuses a file that is %s', async (_, name, text) => {
		const { root } = aProject({ files: { [name]: text } });
		expect((await rejectionOf(loadConfig({ cwd: root, config: name }))).code).toBe('CONFIG_INVALID');
	});

	test('takes the flag before the file, and does not mind what the flag replaces', async () => {
		const { root } = aProject({ config: { dbCredentials: { url: 'nonsense' } } });
		expect((await loadConfig({ cwd: root, url: 'postgres://u@h/d' })).connection).toEqual({
			url: 'postgres://u@h/d',
		});
		const error = await rejectionOf(loadConfig({ cwd: root }));
		expect(error.message).toContain('dbCredentials.url is not a PostgreSQL URL');
	});

	test('reads .env, and says when it cannot', async () => {
		const project = aProject({ files: { '.env': 'DATABASE_URL=postgres://u@h/from-env\n' } });
		expect((await loadConfig({ cwd: project.root })).connection).toEqual({ url: 'postgres://u@h/from-env' });
		const odd = aProject({ files: { '.env/file': '' } });
		expect((await rejectionOf(loadConfig({ cwd: odd.root }))).code).toBe('CONFIG_INVALID');
	});
});
