import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { init } from '../../src/kit/index.ts';
import { aProject, type ProjectSpec } from '../harness/a-project.ts';
import { repository } from '../harness/repository.ts';
import { runProgram } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';
import { typeOnTerminal } from '../harness/type-on-terminal.ts';

const configFile = `import { defineConfig } from 'drizzle-kit';

export default defineConfig({
	dialect: 'postgresql',
	schema: './schema.ts',
	out: './drizzle',
	dbCredentials: { url: process.env.DATABASE_URL! },
});
`;

const manifest = `{
	"name": "shop",
	"type": "module",
	"scripts": {
		"dev": "vite",
		"db:migrate": "drizzle-kit migrate"
	}
}
`;

function aShop(spec: ProjectSpec = {}) {
	return aProject({
		...spec,
		files: {
			'drizzle.config.ts': configFile,
			'package.json': manifest,
			'pnpm-lock.yaml': '',
			'schema.ts': '',
			...spec.files,
		},
	});
}

const binary = () => join(inject('kit'), 'dist/bin.js');

async function runInit(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
	return await runProgram(process.execPath, [binary(), 'init', ...args], { cwd, env });
}

describe('init', () => {
	const database = useDatabase();

	it('sets a project up, writes over nothing, and changes nothing the second time', async () => {
		const shop = aShop();
		const { changes, isChanged, next, notices } = await init({
			cwd: shop.root,
			url: database.url,
			yes: true,
		});
		expect(isChanged).toBe(true);
		expect(changes.map(({ file }) => file.slice(shop.root.length + 1))).toEqual([
			'package.json',
			'drizzle.config.ts',
			'.gitignore',
		]);
		const { scripts } = JSON.parse(shop.read('package.json'));
		expect(scripts).toMatchObject({
			'db:migrate': 'drizzle-kit migrate',
			'db:rollback': 'drizzle-companion rollback',
		});
		expect(notices.join('\n')).toContain('db:migrate stays as it is');
		expect(shop.read('drizzle.config.ts')).toContain('export const companion');
		expect(shop.read('.gitignore')).toBe('.data/\n');
		expect(next.map(({ command }) => command)).toEqual([
			'pnpm run db:generate -m init',
			'pnpm exec drizzle-companion migrate',
		]);
		const before = shop.listFiles();
		const again = await init({ cwd: shop.root, url: database.url, yes: true });
		expect(again).toMatchObject({ isChanged: false, changes: [] });
		expect(shop.listFiles()).toEqual(before);
	});

	it('changes nothing with --plan, and nothing without a terminal and --yes', async () => {
		const shop = aShop();
		const before = shop.listFiles();
		const planned = await runInit(shop.root, ['--plan'], { DATABASE_URL: database.url });
		expect(planned).toMatchObject({ exitCode: 0 });
		expect(planned.stdout).toContain('"db:rollback": "drizzle-companion rollback"');
		expect(planned.stdout).toContain('would be written');
		const refused = await runInit(shop.root, [], { DATABASE_URL: database.url });
		expect(refused).toMatchObject({ exitCode: 1 });
		expect(refused.stderr).toContain('CONFIRMATION_REQUIRED');
		expect(shop.listFiles()).toEqual(before);
	});

	it('asks on a terminal, does what is agreed to, and has nothing to ask the second time', async () => {
		const shop = aShop();
		const before = shop.listFiles();
		const program = `'${process.execPath}' '${binary()}' init`;
		const type = (...answers: readonly string[]) =>
			typeOnTerminal(program, answers, { cwd: shop.root, env: { DATABASE_URL: database.url } });
		const refused = await type('no');
		expect(refused.stdout).toContain('"db:rollback": "drizzle-companion rollback"');
		expect([refused.exitCode, refused.stdout]).toEqual([1, expect.stringContaining('CONFIRMATION_REQUIRED')]);
		expect(shop.listFiles()).toEqual(before);
		const agreed = await type('yes');
		expect(agreed.exitCode, agreed.stdout).toBe(0);
		const after = shop.listFiles();
		expect(after['drizzle.config.ts']).toContain('export const companion');
		const again = await type();
		expect(again.exitCode, again.stdout).toBe(0);
		expect(shop.listFiles()).toEqual(after);
	});

	it('does nothing when the answer is no', async () => {
		const shop = aShop();
		const before = shop.listFiles();
		const answer = init({ cwd: shop.root, url: database.url, confirm: async () => false });
		await expect(answer).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
		expect(shop.listFiles()).toEqual(before);
	});

	it('gives a configuration file its text back when the new one cannot be loaded', async () => {
		const odd = `const text = \`\nimport x from 'y';\n\`;\nexport default { dialect: 'postgresql', out: text.trim().slice(0, 0) + './drizzle' };\n`;
		const shop = aShop({ files: { 'drizzle.config.ts': odd } });
		const { notices } = await init({ cwd: shop.root, url: database.url, yes: true });
		expect(shop.read('drizzle.config.ts') === odd ? notices.join('\n') : 'export const companion').toContain(
			'export const companion',
		);
	});

	it('takes a JSON configuration file as it is', async () => {
		const shop = aShop();
		shop.remove('drizzle.config.ts');
		const json = `{ "dialect": "postgresql", "schema": "./schema.ts", "out": "./drizzle" }`;
		shop.write('drizzle.config.json', json);
		const { notices } = await init({ cwd: shop.root, url: database.url, yes: true });
		expect(notices.join('\n')).toContain('drizzle.config.json stays as it is');
		expect(shop.read('drizzle.config.json')).toBe(json);
	});

	it.each([
		['npm', { 'package-lock.json': '' }, 'npm run db:reverse -- --all'],
		['yarn', { 'yarn.lock': '' }, 'yarn run db:reverse --all'],
		['bun', { 'bun.lock': '' }, 'bun run db:reverse --all'],
	] as const)('speaks of %s where its lockfile is', async (_name, lockfile, command) => {
		await database.empty();
		const shop = aShop({
			migrations: [{ tag: '0000_init', up: 'CREATE TABLE a (id int);' }],
			files: lockfile,
		});
		shop.remove('pnpm-lock.yaml');
		const { next } = await init({ cwd: shop.root, url: database.url, only: 'plan' });
		expect(next[1]?.command).toBe(command);
	});

	it('starts no embedded server only to look', async () => {
		const shop = aShop();
		const { stdout, exitCode } = await runInit(shop.root, ['--plan']);
		expect(exitCode).toBe(0);
		expect(stdout).toContain('No database is configured');
		expect(Object.keys(shop.listFiles()).some((path) => path.startsWith('.data'))).toBe(false);
	});

	it('says so when the database does not answer, and sets the project up all the same', async () => {
		const shop = aShop();
		const { situation, isChanged } = await init({
			cwd: shop.root,
			url: 'postgres://a:secret@127.0.0.1:1/x',
			yes: true,
		});
		expect(isChanged).toBe(true);
		expect(situation).toContain('cannot be asked');
		expect(situation).not.toContain('secret');
	});

	it.each([
		['without Drizzle', undefined],
		['on another dialect', `export default { dialect: 'mysql', out: './drizzle' };`],
		['on another driver', `export default { dialect: 'postgresql', driver: 'pglite' };`],
	])('refuses a project %s and changes nothing', async (_name, text) => {
		const shop = aShop();
		if (text === undefined) shop.remove('drizzle.config.ts');
		else shop.write('drizzle.config.ts', text);
		const before = shop.listFiles();
		const { exitCode, stderr } = await runInit(shop.root, ['--yes']);
		expect(exitCode).toBe(1);
		expect(stderr).toContain('error[CONFIG_INVALID]');
		expect(shop.listFiles()).toEqual(before);
	});

	it('leaves this repository itself alone', async () => {
		const before = readFileSync(join(repository, 'package.json'), 'utf8');
		const { changes } = await init({ cwd: repository, url: database.url, only: 'plan' });
		expect(changes.filter(({ file }) => !file.endsWith('package.json'))).toEqual([]);
		expect(readFileSync(join(repository, 'package.json'), 'utf8')).toBe(before);
	});
});
