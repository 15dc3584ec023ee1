import { beforeEach, describe, expect, test } from 'vitest';
import { history } from '../../src/kit/commands/history.ts';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import { aProject } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readRows } from '../harness/ledger-rows.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const init = { tag: '0000_init', up: 'CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1);' };

function open(up: string, down?: string) {
	const project = aProject({
		migrations: [init, { tag: '0001_x', up, ...(down === undefined ? {} : { down }) }],
	});
	return { ...project, cwd: project.root, url: database.url };
}

async function indexes(): Promise<readonly unknown[]> {
	return await database.query(
		`SELECT c.relname AS name, i.indisvalid AS valid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 't'::regclass ORDER BY 1`,
	);
}

describe('a migration that cannot run in a transaction', () => {
	test('runs statement by statement and is recorded once', async () => {
		const project = open(
			'CREATE INDEX CONCURRENTLY i ON t (a);\n--> statement-breakpoint\nCREATE TABLE u ();',
			'DROP TABLE u;\n--> statement-breakpoint\nDROP INDEX CONCURRENTLY i;',
		);
		await migrate(project);
		expect(await indexes()).toEqual([{ name: 'i', valid: true }]);
		expect(await readRows(database)).toHaveLength(2);
		await rollback({ ...project, target: '-1' });
		expect(await indexes()).toEqual([]);
		expect(await readRows(database)).toHaveLength(1);
		await migrate(project);
		expect(await indexes()).toEqual([{ name: 'i', valid: true }]);
	});

	test('resumes at the statement that failed, and drops the index that it left invalid', async () => {
		const project = open(
			'CREATE TABLE u ();\nCREATE UNIQUE INDEX CONCURRENTLY i ON t (a);\nCREATE TABLE v ();',
		);
		const error = await rejectionOf(migrate(project));
		expect(error.code).toBe('STATEMENT_FAILED');
		expect(error.details).toMatchObject({
			line: 2,
			sqlState: '23505',
			statementNumber: 2,
			keptStatements: 1,
			finished: ['0000_init'],
		});
		expect(await indexes()).toEqual([{ name: 'i', valid: false }]);
		expect(await readRows(database)).toHaveLength(1);
		await database.query('DELETE FROM t');
		await migrate(project);
		expect(await indexes()).toEqual([{ name: 'i', valid: true }]);
		expect(await readRows(database)).toHaveLength(2);
	});

	test('refuses to go on when statements that ran were edited, and goes on when only the rest was', async () => {
		const project = open('CREATE TABLE u ();\nVACUUM nobody;\n');
		await rejectionOf(migrate(project));
		project.write('drizzle/0001_x.sql', 'CREATE TABLE other ();\nVACUUM t;\n');
		expect((await rejectionOf(migrate(project))).code).toBe('EDITED');
		project.write('drizzle/0001_x.sql', 'CREATE TABLE u ();\nVACUUM t;\n');
		await migrate(project);
		expect(await readRows(database)).toHaveLength(2);
	});

	test('does not take an index that was there before for its own', async () => {
		const project = open('CREATE INDEX CONCURRENTLY i ON t (a);');
		await migrate({ ...project, target: '0' });
		await database.query('CREATE INDEX i ON t ((a + 1))');
		for (const attempt of ['first', 'second'])
			expect([attempt, (await rejectionOf(migrate(project))).details.sqlState]).toEqual([attempt, '42P07']);
		expect(await readRows(database)).toHaveLength(1);
	});

	test('commits a new enum value before it is used', async () => {
		await database.query(`CREATE TYPE mood AS ENUM ('ok')`);
		await migrate(open("ALTER TYPE mood ADD VALUE 'sad';\nALTER TABLE t ADD COLUMN m mood DEFAULT 'sad';"));
		expect(await database.query('SELECT DISTINCT m FROM t')).toEqual([{ m: 'sad' }]);
	});

	test('honours the directive, and a BEGIN and COMMIT of its own', async () => {
		await migrate(
			open(
				'-- companion: no-transaction\nCREATE TABLE u ();\nBEGIN;\nCREATE TABLE v ();\nCOMMIT;\nSELECT 1;',
			),
		);
		expect(await readRows(database)).toHaveLength(2);
	});

	test('does not run half of its own transaction when a lock is in the way', async () => {
		const project = aProject({
			migrations: [
				init,
				{
					tag: '0001_x',
					up: 'SELECT 1;\nBEGIN;\nCREATE TABLE u ();\nALTER TABLE t ADD COLUMN b int;\nCOMMIT;\n',
				},
			],
			companion: { lockTimeout: 100, lockRetries: 2 },
		});
		const options = { cwd: project.root, url: database.url };
		await migrate({ ...options, target: '0' });
		await database.query('BEGIN; SELECT * FROM t');
		const error = await rejectionOf(migrate(options)).finally(() => database.query('COMMIT'));
		expect(error.details).toMatchObject({ line: 4, sqlState: '55P03', keptStatements: 1 });
		expect(await database.query(`SELECT to_regclass('u') AS u`)).toEqual([{ u: null }]);
		await migrate(options);
		expect(await database.query(`SELECT to_regclass('u') AS u`)).toEqual([{ u: 'u' }]);
		expect(await readRows(database)).toHaveLength(2);
	});

	test('places a syntax error before anything of it ran', async () => {
		const error = await rejectionOf(
			migrate(open('-- companion: no-transaction\nCREATE TABLE u ();\nCREATE TABL v ();')),
		);
		expect(error.details).toMatchObject({ line: 3, column: 8, sqlState: '42601' });
		expect(await database.query(`SELECT to_regclass('u') AS u`)).toEqual([{ u: null }]);
	});

	test('places an error with letters beyond ASCII before it', async () => {
		const error = await rejectionOf(
			migrate(open("-- companion: no-transaction\nSELECT 'äöü😀';\nSELECT '漢', nope;")),
		);
		expect(error.details).toMatchObject({ line: 3, column: 13, sqlState: '42703' });
	});

	test('says in the log how long it took', async () => {
		const project = open('-- companion: no-transaction\nSELECT pg_sleep(0.2);');
		await migrate(project);
		const { entries } = await history(project);
		expect(entries[1]?.durationMilliseconds).toBeGreaterThanOrEqual(200);
	});
});
