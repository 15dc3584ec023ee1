import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import { generate, history, migrate, pull, rollback } from '../../src/kit/index.ts';
import { aProject, type ProjectSpec } from '../harness/a-project.ts';
import { readJson, runScript } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';

const shop = readFileSync(new URL('./shop.sql', import.meta.url), 'utf8');

function aPulledProject(spec: ProjectSpec = {}) {
	const project = aProject({ config: { schema: './src/db/schema' }, ...spec });
	project.write('.env', `SHADOW_DATABASE_URL=${inject('serverUrl')}\n`);
	return project;
}

describe('baseline --pull', () => {
	const database = useDatabase();

	it('takes over a database that nobody described, and goes on from there', async () => {
		await database.empty();
		await database.query(shop);
		const project = aPulledProject();
		const { stdout, stderr, exitCode } = await runScript('baseline', ['--pull'], {
			cwd: project.root,
			env: { DATABASE_URL: database.url },
		});
		expect([exitCode, stderr]).toEqual([0, expect.any(String)]);
		expect(stdout).toContain('src/db/schema/schema.ts');
		expect(stdout).toContain(
			'Not in TypeScript, but in the first migration: trigger customers_touch of customers.',
		);
		expect(stdout).toContain('partitioned table events');
		expect(Object.keys(project.listFiles()).filter((path) => path.includes('companion-pull'))).toEqual([]);
		const options = { cwd: project.root, url: database.url };
		const { entries, problems } = await history(options);
		expect(entries.map(({ tag, state, how }) => [tag, state, how])).toEqual([
			['0000_baseline', 'applied', 'stamp'],
		]);
		expect(problems).toEqual([]);

		expect(await generate({ cwd: project.root })).toMatchObject({ kind: 'unchanged' });
		const file = 'src/db/schema/schema.ts';
		project.write(file, project.read(file).replace(/(weirdCol: .*\n)/, '$1\tnote: text(),\n'));
		const generated = await generate({ cwd: project.root, message: 'add note' });
		expect(generated).toMatchObject({
			kind: 'created',
			statements: ['ALTER TABLE "orders" ADD COLUMN "note" text;'],
			notices: [],
		});
		await migrate(options);
		await rollback({ ...options, target: '-1', acceptDataLoss: true });
		expect(
			await database.query(
				`SELECT 1 FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'note'`,
			),
		).toEqual([]);
		expect(await database.query('SELECT name FROM customers')).toEqual([{ name: 'n' }]);
	});

	it('makes the same database again from nothing', async () => {
		await database.empty();
		await database.query(shop);
		const project = aPulledProject({ config: { schema: './src/schema.ts' } });
		const options = { cwd: project.root, url: database.url };
		await pull(options);
		await rollback({ ...options, target: 'base', acceptDataLoss: true });
		expect(
			await database.query(
				`SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public'`,
			),
		).toEqual([]);
		await migrate(options);
		await database.query('DROP SCHEMA drizzle CASCADE');
		const { differences } = await (await import('../../src/kit/index.ts')).baseline(options);
		expect(differences).toEqual([]);
	});

	it('writes nothing with --plan, and shows the SQL', async () => {
		await database.empty();
		await database.query('CREATE TABLE a (id int PRIMARY KEY)');
		const project = aPulledProject();
		const before = project.listFiles();
		const run = { cwd: project.root, env: { DATABASE_URL: database.url } };
		const { stdout, exitCode } = await runScript('baseline', ['--pull', '--plan'], run);
		expect(exitCode).toBe(0);
		expect(stdout).toContain('CREATE TABLE "a"');
		expect(project.listFiles()).toEqual(before);
		expect(await database.query(`SELECT to_regnamespace('drizzle') AS ledger`)).toEqual([{ ledger: null }]);
	});

	it('makes SQL from the catalog where drizzle-kit’s does not run', async () => {
		await database.empty();
		await database.query(`CREATE FUNCTION next_code() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
			CREATE TABLE codes (code text PRIMARY KEY DEFAULT next_code(), lower text GENERATED ALWAYS AS (lower(code)) STORED)`);
		const project = aPulledProject();
		const { upSql } = await pull({ cwd: project.root, url: database.url });
		expect(upSql).toContain('FUNCTION public.next_code()');
	});

	it('pulls the schemas that schemaFilter names, and says which it left out', async () => {
		await database.empty();
		await database.query(`CREATE SCHEMA auth; CREATE SCHEMA billing; CREATE TABLE auth.sessions (id uuid PRIMARY KEY, at tsrange);
			CREATE TABLE billing.invoices (id int); CREATE TABLE a (id int)`);
		const project = aPulledProject({
			config: { schema: './src/schema.ts', schemaFilter: ['public', 'auth'] },
		});
		const { notices, upSql } = await pull({ cwd: project.root, url: database.url });
		expect(notices.join('\n')).toContain('Left out: schema billing');
		expect(upSql).toContain('sessions');
		expect(upSql).not.toContain('invoices');
		expect(project.read('src/schema.ts')).toContain('databaseType("tsrange")');
		expect(await generate({ cwd: project.root })).toMatchObject({ kind: 'unchanged' });
	});

	it('has nothing to do in an empty database', async () => {
		await database.empty();
		const project = aPulledProject();
		const before = project.listFiles();
		const run = { cwd: project.root, env: { DATABASE_URL: database.url } };
		const result = await runScript('baseline', ['--pull', '--json'], run);
		expect(result.exitCode).toBe(0);
		expect(readJson(result)).toMatchObject({ files: [] });
		expect(project.listFiles()).toEqual(before);
	});

	it.each([
		['there are migrations', { migrations: [{ tag: '0000_init', up: 'SELECT 1;' }] }, 'JOURNAL_INVALID'],
		['there are TypeScript tables', { files: { 'src/db/schema/users.ts': 'export {};' } }, 'CONFIG_INVALID'],
		['the configuration names no place for them', { config: {}, files: {} }, 'CONFIG_INVALID'],
	] as const)('is refused where %s, and writes nothing', async (_name, spec, code) => {
		await database.empty();
		await database.query('CREATE TABLE a (id int)');
		const project = aPulledProject(spec as ProjectSpec);
		if (spec === undefined) return;
		if ('config' in spec)
			project.write(
				'drizzle.config.ts',
				`export default { dialect: 'postgresql', schema: './src/{a,b}.ts' };`,
			);
		const before = project.listFiles();
		await expect(pull({ cwd: project.root, url: database.url })).rejects.toMatchObject({ code });
		expect(project.listFiles()).toEqual(before);
	});

	it('is refused where the database has recorded migrations', async () => {
		await database.empty();
		const other = aPulledProject({ migrations: [{ tag: '0000_init', up: 'CREATE TABLE a (id int);' }] });
		await migrate({ cwd: other.root, url: database.url });
		const project = aPulledProject();
		await expect(pull({ cwd: project.root, url: database.url })).rejects.toMatchObject({
			code: 'UNKNOWN_APPLIED',
		});
	});
});
