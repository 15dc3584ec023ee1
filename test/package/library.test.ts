import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { current, history, migrate, rollback } from '../../src/kit/index.ts';
import { aProject, type MigrationSpec } from '../harness/a-project.ts';
import { useDatabase } from '../harness/test-database.ts';

const migrations: readonly MigrationSpec[] = [
	{
		tag: '0000_init',
		up: "SET statement_timeout = '1h'; CREATE TABLE users (id int);",
		down: 'DROP TABLE users;',
	},
	{ tag: '0001_add_posts', up: 'CREATE TABLE posts (id int);', down: 'DROP TABLE posts;' },
];

describe('the client that a caller gives', () => {
	const database = useDatabase();
	const project = aProject({ migrations });
	const options = { cwd: project.root };

	const sources = {
		'a pg.Pool': async () => {
			const pool = new pg.Pool({ connectionString: database.url });
			return { client: pool, end: () => pool.end() };
		},
		'a pool of one connection': async () => {
			const pool = new pg.Pool({ connectionString: database.url, max: 1 });
			return { client: pool, end: () => pool.end() };
		},
		'a connected pg.Client': async () => {
			const client = new pg.Client({ connectionString: database.url });
			await client.connect();
			return { client, end: () => client.end() };
		},
		'a drizzle database over a pool': async () => {
			const pool = new pg.Pool({ connectionString: database.url });
			return { client: drizzle(pool), end: () => pool.end() };
		},
		'a drizzle database over a client': async () => {
			const client = new pg.Client({ connectionString: database.url });
			await client.connect();
			return { client: drizzle(client), end: () => client.end() };
		},
		'a drizzle database that made its own pool': async () => {
			const client = drizzle(database.url);
			return { client, end: () => client.$client.end() };
		},
	} as const;

	it.each(Object.entries(sources))('may be %s, and stays open and as it was', async (_name, open) => {
		await database.empty();
		const { client, end } = await open();
		try {
			const report = await migrate({ ...options, client });
			expect(report.plan.steps.map(({ tag }) => tag)).toEqual(['0000_init', '0001_add_posts']);
			await rollback({ ...options, client, target: '-1', acceptDataLoss: true });
			expect(await current({ ...options, client })).toMatchObject({ tag: '0000_init', position: 1, head: 2 });
			const query = '$client' in client ? client.$client : client;
			const { rows } = await query.query("SELECT name, setting FROM pg_settings WHERE source = 'session'");
			expect(rows).toEqual([]);
		} finally {
			await end();
		}
	});

	it('is refused when it is not connected, for its queries would wait for ever', async () => {
		const client = new pg.Client({ connectionString: database.url });
		await expect(history({ ...options, client })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
	});

	it('is refused when it belongs to another driver', async () => {
		const client = { query: async () => ({ rows: [] }), host: 'h', port: 1 };
		await expect(history({ ...options, client })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
	});

	it('says where it could not connect, without the password', async () => {
		const pool = new pg.Pool({
			host: '127.0.0.1',
			port: 1,
			user: 'app',
			password: 'secret',
			database: 'shop',
		});
		const error = await history({ ...options, client: pool }).catch((caught: unknown) => caught);
		expect(error).toMatchObject({ code: 'DATABASE_UNREACHABLE' });
		expect((error as Error).message).toContain('app@127.0.0.1:1/shop');
		expect(JSON.stringify(error)).not.toContain('secret');
		await pool.end();
	});
});

describe('migrate at the start of an application', () => {
	const database = useDatabase();
	const project = aProject({ migrations, files: {} });

	it('lets several replicas start at once: one works, the others find nothing to do', async () => {
		await database.empty();
		const reports = await Promise.all(
			Array.from({ length: 6 }, () => migrate({ cwd: project.root, url: database.url })),
		);
		const applied = reports.flatMap(({ report }) => report?.steps ?? []);
		expect(applied.map(({ tag }) => tag).sort()).toEqual(['0000_init', '0001_add_posts']);
		expect(await database.query('SELECT count(*)::int AS rows FROM drizzle.__drizzle_migrations')).toEqual([
			{ rows: 2 },
		]);
	});

	it('needs no configuration file where the migrations are in ./drizzle', async () => {
		await database.empty();
		const bare = aProject({ migrations });
		bare.remove('drizzle.config.ts');
		const { report } = await migrate({ cwd: bare.root, url: database.url });
		expect(report?.position).toBe(2);
	});

	it('takes another folder', async () => {
		await database.empty();
		const bare = aProject({ migrations });
		bare.remove('drizzle.config.ts');
		await expect(
			migrate({ cwd: '/', url: database.url, folder: `${bare.root}/drizzle` }),
		).resolves.toMatchObject({
			report: { position: 2 },
		});
	});

	it('says what is missing where there is neither a configuration file nor a journal', async () => {
		const bare = aProject();
		bare.remove('drizzle.config.ts');
		await expect(migrate({ cwd: bare.root, url: database.url })).rejects.toMatchObject({
			code: 'CONFIG_INVALID',
		});
	});
});

describe('two projects in one process', () => {
	const one = useDatabase();
	const other = useDatabase();

	it('each read their own .env and configuration at once, and leave the environment as it was', async () => {
		const config = `import 'dotenv/config';
			import { defineConfig } from 'drizzle-kit';
			export default defineConfig({ dialect: 'postgresql', out: process.env.OUT!, dbCredentials: { url: process.env.DATABASE_URL! } });`;
		const open = (url: string, out: string, names: readonly MigrationSpec[]) => {
			const project = aProject({ migrations: names, files: { 'drizzle.config.ts': config } });
			project.write('.env', `DATABASE_URL=${url}\nOUT=${out}\n`);
			return project;
		};
		const projects = [
			open(one.url, './drizzle', migrations),
			open(other.url, 'drizzle', migrations.slice(0, 1)),
		];
		const before = { ...process.env };
		const reports = await Promise.all(projects.map(({ root }) => migrate({ cwd: root })));
		expect(reports.map(({ report }) => report?.position)).toEqual([2, 1]);
		expect(reports.map(({ database }) => database.split('/').at(-1))).toEqual([one.name, other.name]);
		expect({ ...process.env }).toEqual(before);
	});

	it('read a changed configuration anew', async () => {
		const project = aProject({ migrations });
		await history({ cwd: project.root, url: one.url });
		project.write('drizzle.config.ts', `export default { dialect: 'mysql' }`);
		await expect(history({ cwd: project.root, url: one.url })).rejects.toMatchObject({
			code: 'CONFIG_INVALID',
		});
	});
});
