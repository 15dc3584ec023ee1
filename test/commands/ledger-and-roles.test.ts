import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { current, history } from '../../src/kit/commands/history.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import { show } from '../../src/kit/commands/show.ts';
import { endStatementsAtBreakpoints } from '../../src/kit/sql/end-statements-at-breakpoints.ts';
import { parseStatements } from '../../src/kit/sql/parse-statements.ts';
import { aProject, type ProjectSpec } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readRows, readSchema } from '../harness/ledger-rows.ts';
import { nameRole, useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const migrations = [
	{
		tag: '0000_a',
		up: 'CREATE TABLE a ();\n--> statement-breakpoint\nCREATE TABLE b ()',
		down: 'DROP TABLE b;\nDROP TABLE a;',
	},
	{ tag: '0001_c', up: 'CREATE INDEX CONCURRENTLY i ON c (n);', down: 'DROP INDEX CONCURRENTLY i;' },
];
const transactional = migrations.slice(0, 1);

function open(spec: ProjectSpec) {
	const { root } = aProject(spec);
	return { cwd: root, url: database.url };
}

describe('the ledger', () => {
	test.each<[string, Record<string, string>, string]>([
		['in public', { schema: 'public' }, 'public.__drizzle_migrations'],
		['under another name', { table: 'migrations', schema: 'app' }, 'app.migrations'],
		['under an odd name', { table: 'Odd "t"; --', schema: "s'S" }, `"s'S"."Odd ""t""; --"`],
		['under a long name', { table: 'x'.repeat(63) }, `drizzle.${'x'.repeat(63)}`],
		['with letters beyond ASCII', { table: 'ü'.repeat(31) }, `drizzle."${'ü'.repeat(31)}"`],
	])('stands %s', async (_, names, table) => {
		const project = open({ migrations: transactional, config: { migrations: names } });
		await migrate(project);
		expect(await readRows(database, table)).toHaveLength(1);
		expect((await current(project)).position).toBe(1);
		expect((await migrate(project)).report?.steps).toEqual([]);
		await rollback({ ...project, target: 'base' });
		expect(await readRows(database, table)).toEqual([]);
	});

	test('is not made by looking', async () => {
		const project = open({ migrations: transactional });
		await current(project);
		await history(project);
		await show({ ...project, target: 'head' });
		await migrate({ ...project, only: 'plan' });
		await migrate({ ...project, only: 'sql' });
		expect(await database.query(`SELECT to_regnamespace('drizzle') AS schema`)).toEqual([{ schema: null }]);
	});
});

describe('a role', () => {
	let role = '';
	let url = '';
	beforeEach(async () => {
		role = nameRole('reader');
		url = database.urlFor(role, 'x');
		await database.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
	});
	afterEach(async () => {
		await database.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
	});

	test('without CREATE can run what finds nothing to do', async () => {
		const project = open({ migrations: transactional });
		await migrate(project);
		await database.query(
			`GRANT USAGE ON SCHEMA drizzle TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO ${role}`,
		);
		expect((await migrate({ ...project, url })).report).toEqual({ steps: [], position: 1 });
	});

	test('that may only read can look and plan', async () => {
		const project = open({ migrations: [...transactional, { tag: '0001_b', up: 'SELECT 1;' }] });
		await migrate({ ...project, target: '+1' });
		await database.query(
			`GRANT USAGE ON SCHEMA drizzle TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO ${role}`,
		);
		await database.query(
			`GRANT USAGE ON SCHEMA public TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
		);
		const reading = { ...project, url };
		expect((await current(reading)).tag).toBe('0000_a');
		expect((await history(reading)).entries).toHaveLength(2);
		expect((await show({ ...reading, target: '0' })).entry.state).toBe('applied');
		expect((await migrate({ ...reading, only: 'plan' })).plan.steps).toHaveLength(1);
		expect((await migrate({ ...reading, only: 'sql' })).script).toContain('-- apply 0001_b');
		expect((await rollback({ ...reading, target: '-1', only: 'plan' })).plan.steps).toHaveLength(1);
	});

	test('without CREATE is told so when there is something to do', async () => {
		const error = await rejectionOf(migrate({ ...open({ migrations: transactional }), url }));
		expect([error.code, error.details.sqlState]).toEqual(['STATEMENT_FAILED', '42501']);
	});

	test('that does not own a table is told what to grant, and not to mend the file', async () => {
		const project = open({
			migrations: [...transactional, { tag: '0001_b', up: 'ALTER TABLE a ADD n int;' }],
		});
		await migrate({ ...project, target: '+1' });
		await database.query(
			`GRANT USAGE ON SCHEMA drizzle TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA drizzle TO ${role}; GRANT ALL ON ALL SEQUENCES IN SCHEMA drizzle TO ${role}`,
		);
		const error = await rejectionOf(migrate({ ...project, url }));
		expect([error.code, error.details.sqlState, error.hint]).toEqual([
			'STATEMENT_FAILED',
			'42501',
			expect.stringContaining('The role may not do this. Grant it what is missing'),
		]);
		expect(error.message).toContain('must be owner of table a');
	});

	test('without CREATE on the database can make the ledger in a schema that is there', async () => {
		await database.query(
			`CREATE SCHEMA drizzle AUTHORIZATION ${role}; GRANT CREATE ON SCHEMA public TO ${role}`,
		);
		await migrate({ ...open({ migrations: transactional }), url });
		expect(await readRows(database)).toHaveLength(1);
	});

	test('that may not read the ledger is told what to grant', async () => {
		const project = open({ migrations: transactional });
		await migrate(project);
		const error = await rejectionOf(current({ ...project, url }));
		expect([error.code, error.hint?.startsWith('Grant')]).toEqual(['LEDGER_UNREADABLE', true]);
	});

	test('that may not read a table is refused to lose its rows', async () => {
		const loses = [
			{ kind: 'table' as const, schema: 'public', table: 'a', subject: 'table a', isLostByUp: false },
		];
		const project = open({
			migrations: [
				{
					...transactional[0],
					tag: '0000_a',
					up: 'CREATE TABLE a ()',
					down: 'DROP TABLE a',
					loses,
					reversibility: 'lossy',
				},
			],
		});
		await migrate(project);
		await database.query(
			`GRANT USAGE ON SCHEMA drizzle TO ${role}; GRANT SELECT ON ALL TABLES IN SCHEMA drizzle TO ${role}`,
		);
		expect((await rejectionOf(rollback({ ...project, url, target: 'base', keep: false }))).code).toBe(
			'DATA_LOSS',
		);
	});
});

describe('--sql', () => {
	/** As psql does: one statement after the other, each on its own. */
	async function runScriptText(script: string): Promise<void> {
		const client = new pg.Client({ connectionString: database.url });
		await client.connect();
		try {
			for (const { text } of await parseStatements(endStatementsAtBreakpoints(script)))
				await client.query(text);
		} finally {
			await client.end();
		}
	}

	test('gives a script that leaves the same catalog and the same ledger', async () => {
		const project = open({ migrations });
		const results: unknown[] = [];
		for (const way of ['ours', 'script']) {
			await database.empty();
			await database.query('CREATE TABLE c (n int)');
			if (way === 'ours') await migrate(project);
			else await runScriptText((await migrate({ ...project, only: 'sql' })).script ?? '');
			const events = await database.query(
				'SELECT kind, tag, "when", checksum, down FROM drizzle.__drizzle_migrations_log WHERE kind = \'apply\' ORDER BY id',
			);
			results.push([await readSchema(database), await readRows(database), events]);
		}
		expect(results[1]).toEqual(results[0]);
	});

	test('goes back by script as well', async () => {
		await database.query('CREATE TABLE c (n int)');
		const project = open({ migrations });
		await migrate(project);
		await runScriptText((await rollback({ ...project, target: 'base', only: 'sql' })).script ?? '');
		expect([await readSchema(database), await readRows(database)]).toEqual([['r public.c n integer'], []]);
	});
});
