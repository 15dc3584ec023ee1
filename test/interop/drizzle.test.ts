import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate as migrateByOrm } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { beforeEach, describe, expect, test } from 'vitest';
import { baseline } from '../../src/kit/commands/baseline.ts';
import { current } from '../../src/kit/commands/history.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { readRows, readSchema } from '../harness/ledger-rows.ts';
import { repository } from '../harness/repository.ts';
import { runProgram } from '../harness/run-script.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const migrations = [
	{
		tag: '0000_a',
		up: 'CREATE TABLE "a" ("id" serial PRIMARY KEY);\n--> statement-breakpoint\nCREATE TABLE "b" ();',
		down: 'DROP TABLE b;\nDROP TABLE a;',
	},
	{
		tag: '0001_n',
		up: 'ALTER TABLE "a" ADD COLUMN "näme" text;\r\n',
		down: 'ALTER TABLE a DROP COLUMN "näme";',
	},
	{ tag: '0002_c', up: 'CREATE TABLE "c" ();', down: 'DROP TABLE c;' },
];

type Tool = (project: TestProject) => Promise<void>;

const kit: Tool = async ({ root }) => {
	const program = join(repository, 'node_modules/.bin/drizzle-kit');
	const { exitCode, stdout, stderr } = await runProgram(program, ['migrate'], {
		cwd: root,
		env: { DATABASE_URL: database.url },
	});
	expect([exitCode, stdout + stderr]).toEqual([
		0,
		expect.stringContaining('migrations applied successfully'),
	]);
};

const orm: Tool = async ({ root }) => {
	const pool = new pg.Pool({ connectionString: database.url });
	try {
		await migrateByOrm(drizzle(pool), { migrationsFolder: join(root, 'drizzle') });
	} finally {
		await pool.end();
	}
};

const ours: Tool = async ({ root }) => {
	await migrate({ cwd: root, url: database.url });
};

const tools = { kit, orm, ours };
type ToolName = keyof typeof tools;
const orders: readonly (readonly ToolName[])[] = [
	['kit', 'orm', 'ours'],
	['kit', 'ours', 'orm'],
	['orm', 'kit', 'ours'],
	['orm', 'ours', 'kit'],
	['ours', 'kit', 'orm'],
	['ours', 'orm', 'kit'],
];

/** What drizzle alone would have left. */
async function expectedState(): Promise<unknown> {
	await database.empty();
	await orm(aProject({ migrations }));
	const state = await readState();
	await database.empty();
	return state;
}

async function readState(): Promise<unknown> {
	return [await readSchema(database), await readRows(database)];
}

async function ledgerDefinition(): Promise<unknown> {
	return await database.query(
		`SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, pg_get_expr(d.adbin, d.adrelid) AS value FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 'drizzle.__drizzle_migrations'::regclass AND a.attnum > 0 ORDER BY a.attnum`,
	);
}

describe('drizzle-kit, drizzle-orm and the companion on one database', () => {
	test.each(orders.map((order) => [order]))('one migration each: %j', async (order) => {
		const expected = await expectedState();
		const project = aProject({ migrations: migrations.slice(0, 1) });
		for (const [index, name] of order.entries()) {
			await tools[name](project);
			const next = migrations[index + 1];
			if (next !== undefined) project.add(next);
		}
		expect(await readState()).toEqual(expected);
		for (const name of order) await tools[name](project);
		expect(await readState()).toEqual(expected);
		expect(await current({ cwd: project.root, url: database.url })).toMatchObject({
			isAtHead: true,
			problems: [],
		});
	});

	test.each<[ToolName, ToolName]>([
		['kit', 'orm'],
		['orm', 'kit'],
		['ours', 'kit'],
		['ours', 'orm'],
	])('forward by %s, back by ours, forward by %s', async (first, second) => {
		const expected = await expectedState();
		const project = aProject({ migrations });
		const options = { cwd: project.root, url: database.url };
		await tools[first](project);
		await rollback({ ...options, target: '-1' });
		expect(await readRows(database)).toHaveLength(2);
		await tools[second](project);
		expect(await readState()).toEqual(expected);
		await rollback({ ...options, target: 'base' });
		expect(await readState()).toEqual([[], []]);
		await tools[second](project);
		expect(await readState()).toEqual(expected);
	});

	test('makes the same ledger table, whoever comes first', async () => {
		const project = aProject({ migrations });
		const definitions: unknown[] = [];
		for (const tool of [orm, ours]) {
			await database.empty();
			await tool(project);
			definitions.push(await ledgerDefinition());
		}
		expect(definitions[1]).toEqual(definitions[0]);
	});

	test.each<[ToolName]>([['kit'], ['orm']])(
		'after a baseline by ours, %s finds nothing to do',
		async (name) => {
			const expected = await expectedState();
			const project = aProject({ migrations });
			for (const { up } of migrations) await database.query(up);
			await baseline({ cwd: project.root, url: database.url });
			expect(await readState()).toEqual(expected);
			await tools[name](project);
			expect(await readState()).toEqual(expected);
		},
	);
});
