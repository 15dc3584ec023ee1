import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { rollback } from '../../src/kit/commands/rollback.ts';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { aProject, firstWhen, type MigrationSpec } from '../harness/a-project.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { readRows, readSchema } from '../harness/ledger-rows.ts';
import { useDatabase } from '../harness/test-database.ts';

const database = useDatabase();
beforeEach(() => database.empty());

const init: MigrationSpec = {
	tag: '0000_init',
	up: 'CREATE TABLE users (id serial PRIMARY KEY);\n--> statement-breakpoint\nCREATE TABLE posts (id int)',
	down: 'DROP TABLE posts;\n--> statement-breakpoint\nDROP TABLE users;',
};

function open(...migrations: readonly MigrationSpec[]) {
	const { root } = aProject({ migrations });
	return { root, cwd: root, url: database.url };
}

async function failureOf(up: string): Promise<Record<string, unknown>> {
	const error = await rejectionOf(migrate(open(init, { tag: '0001_bad', up })));
	expect(error.code).toBe('STATEMENT_FAILED');
	expect(await readRows(database)).toHaveLength(1);
	const { line, column, statementNumber, sqlState, text } = error.details;
	return { message: error.message, line, column, statementNumber, sqlState, text };
}

describe('a run', () => {
	test('writes the row that drizzle would write, and an event beside it', async () => {
		const project = open(init);
		const { report } = await migrate(project);
		expect(report).toMatchObject({ position: 1, steps: [{ kind: 'apply', tag: '0000_init' }] });
		expect(await readRows(database)).toEqual([
			{ hash: computeChecksum(init.up as string), created_at: String(firstWhen) },
		]);
		const events = await database.query(
			'SELECT kind, tag, "when", checksum, down, by, duration_milliseconds FROM drizzle.__drizzle_migrations_log',
		);
		expect(events).toMatchObject([
			{
				kind: 'apply',
				tag: '0000_init',
				when: String(firstWhen),
				by: 'postgres',
				down: expect.stringContaining('-- proof: up '),
			},
		]);
	});

	test('makes the ledger as drizzle-orm makes it', async () => {
		await migrate(open(init));
		const columns = await database.query(
			`SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns WHERE table_name = '__drizzle_migrations' ORDER BY ordinal_position`,
		);
		expect(columns).toEqual([
			{
				column_name: 'id',
				data_type: 'integer',
				is_nullable: 'NO',
				column_default: "nextval('drizzle.__drizzle_migrations_id_seq'::regclass)",
			},
			{ column_name: 'hash', data_type: 'text', is_nullable: 'NO', column_default: null },
			{ column_name: 'created_at', data_type: 'bigint', is_nullable: 'YES', column_default: null },
		]);
	});

	test('keeps the first migration and nothing of the second when its third statement fails', async () => {
		const second = {
			tag: '0001_bad',
			up: 'CREATE TABLE a ();\nCREATE TABLE b ();\nCREATE TABLE users ();\nCREATE TABLE c ();\n',
		};
		const third = { tag: '0002_never', up: 'CREATE TABLE d ();' };
		const project = open(init, second, third);
		const error = await rejectionOf(migrate(project));
		expect(error.code).toBe('STATEMENT_FAILED');
		expect(error.message).toBe(`${project.root}/drizzle/0001_bad.sql:3:1: relation "users" already exists`);
		expect(error.details).toMatchObject({
			tag: '0001_bad',
			line: 3,
			statement: 'CREATE TABLE users ()',
			statementNumber: 3,
			sqlState: '42P07',
			finished: ['0000_init'],
			notRun: ['0002_never'],
		});
		expect(await readRows(database)).toHaveLength(1);
		expect((await readSchema(database)).filter((line) => /public\.[abcd] /.test(line))).toEqual([]);
	});

	test('finishes the work when the file has been mended', async () => {
		const spec = aProject({ migrations: [init, { tag: '0001_x', up: 'SELECT oops;' }] });
		const options = { cwd: spec.root, url: database.url };
		await rejectionOf(migrate(options));
		spec.write('drizzle/0001_x.sql', 'SELECT 1;');
		expect((await migrate(options)).report?.steps).toMatchObject([{ tag: '0001_x' }]);
	});

	test.each<[string, string, Record<string, unknown>]>([
		['a syntax error', 'SELECT 1;\nSELECT 1\n  FRM users;\n', { line: 3, column: 7, sqlState: '42601' }],
		[
			'an unknown column',
			'SELECT 1;\n\n  SELECT nope FROM users;',
			{ line: 3, column: 10, sqlState: '42703', statementNumber: 2 },
		],
		[
			'an error without a position',
			'SELECT 1;\n-- why\nINSERT INTO posts SELECT 1/0;',
			{ line: 3, column: 1, sqlState: '22012', statementNumber: 2 },
		],
		[
			'letters beyond ASCII before it',
			"SELECT 'äöü😀', 'naïve'; SELECT 'é' AS x, nope;\n",
			{
				line: 1,
				column: "SELECT 'äöü😀', 'naïve'; SELECT 'é' AS x, ".length + 1,
				sqlState: '42703',
				statementNumber: 2,
			},
		],
		[
			'letters beyond ASCII and no position',
			"SELECT 'äöü😀';\nSELECT '漢字', 1/(id - id) FROM (SELECT 1 AS id) t;",
			{ line: 2, column: 1, statementNumber: 2 },
		],
		[
			'CRLF line ends',
			'SELECT 1;\r\nSELECT 2;\r\n  SELECT nope;\r\n',
			{ line: 3, column: 10, text: '  SELECT nope;' },
		],
		[
			'a breakpoint without semicolon',
			'SELECT 1\n--> statement-breakpoint\nSELECT nope\n--> statement-breakpoint\nSELECT 3',
			{ line: 3, column: 8, statementNumber: 2 },
		],
		[
			'an error inside a function',
			'SELECT 1;\nDO $$ BEGIN\n  PERFORM 1/0;\nEND $$;',
			{ line: 2, column: 1, sqlState: '22012', statementNumber: 2 },
		],
		['an unterminated comment', 'SELECT 1;\nSELECT 2; /* never closed', { line: 2, sqlState: '42601' }],
		['an unterminated string', "SELECT 1;\nSELECT 'never closed;", { line: 2, column: 8, sqlState: '42601' }],
	])('places %s', async (_, up, expected) => {
		expect(await failureOf(up)).toMatchObject(expected);
	});

	test('says that a deferred constraint failed at the end of the transaction', async () => {
		const up =
			'ALTER TABLE posts ADD COLUMN u int REFERENCES users DEFERRABLE INITIALLY DEFERRED;\nINSERT INTO posts (u) VALUES (99);\n';
		const failure = await failureOf(up);
		expect(failure).toMatchObject({ sqlState: '23503', line: undefined });
		expect(failure.message).toContain('at the end of the transaction');
	});

	test.each<[string, string]>([
		['a breakpoint inside a string', "CREATE TABLE s (a text DEFAULT '--> statement-breakpoint');"],
		[
			'a missing semicolon before a breakpoint',
			'CREATE TABLE s ()\n--> statement-breakpoint\nCREATE TABLE t ()',
		],
		['a comment at the end without a line end', 'CREATE TABLE s (); -- the end'],
		['a byte order mark', '\uFEFFCREATE TABLE s ();'],
		[
			'CRLF line ends and breakpoints',
			'CREATE TABLE s ();\r\n--> statement-breakpoint\r\nCREATE TABLE t ();\r\n',
		],
		['nothing at all', ''],
		['comments alone', '-- nothing here\n/* nor here */'],
		[
			'a pulled baseline, commented out',
			'-- Current sql file was generated after introspecting\n/*\nCREATE TABLE s ();\n--> statement-breakpoint\nCREATE TABLE t ();\n*/',
		],
	])('takes %s', async (_, up) => {
		await migrate(open({ tag: '0000_x', up }));
		expect(await readRows(database)).toEqual([{ hash: computeChecksum(up), created_at: String(firstWhen) }]);
	});

	test('goes up, down and up again to the same catalog', async () => {
		const project = open(init);
		await migrate(project);
		const schema = await readSchema(database);
		await rollback({ ...project, target: 'base' });
		expect([await readSchema(database), await readRows(database)]).toEqual([[], []]);
		await migrate(project);
		expect(await readSchema(database)).toEqual(schema);
		const kinds = await database.query('SELECT kind FROM drizzle.__drizzle_migrations_log ORDER BY id');
		expect(kinds.map(({ kind }) => kind)).toEqual(['apply', 'revert', 'apply']);
	});

	test('places an error in the down file', async () => {
		const project = open({
			...init,
			down: 'DROP TABLE posts;\n--> statement-breakpoint\nDROP TABLE nobody;',
		});
		await migrate(project);
		const error = await rejectionOf(rollback({ ...project, target: 'base' }));
		expect(error.code).toBe('STATEMENT_FAILED');
		expect(error.details).toMatchObject({
			statement: 'DROP TABLE nobody',
			sqlState: '42P01',
			finished: [],
			notRun: [],
		});
		const { line, file } = error.details as { line: number; file: string };
		const text = aProjectLine(file, line);
		expect(text).toBe('DROP TABLE nobody;');
		expect(await readRows(database)).toHaveLength(1);
	});

	test('reverts the rows that racing migrators wrote twice, so that drizzle does not believe it applied', async () => {
		const project = open(init);
		await migrate(project);
		await database.query(
			'INSERT INTO drizzle.__drizzle_migrations (hash, created_at) SELECT hash, created_at FROM drizzle.__drizzle_migrations',
		);
		await rollback({ ...project, target: 'base' });
		expect(await readRows(database)).toEqual([]);
	});
});

function aProjectLine(file: string, line: number): string | undefined {
	return readFileSync(file, 'utf8').split('\n')[line - 1];
}
