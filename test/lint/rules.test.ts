import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
	openScratchServer,
	type ScratchDatabase,
	type ScratchServer,
} from '../../src/kit/database/scratch/open-scratch-server.ts';
import {
	findUnindexedForeignKeys,
	pickNewForeignKeys,
} from '../../src/kit/lint/find-unindexed-foreign-keys.ts';
import type { Findings } from '../../src/kit/lint/finding.ts';
import { lintMigration } from '../../src/kit/lint/lint-migration.ts';
import { type MigrationFacts, prepareMigration } from '../../src/kit/lint/prepare-migration.ts';
import { RULES } from '../../src/kit/lint/rules.ts';
import { measureInPlace } from '../../src/kit/locks/measure-locks.ts';
import { aMigration } from '../harness/a-migration.ts';

let server: ScratchServer;
let before: ScratchDatabase;

beforeAll(async () => {
	server = await openScratchServer({ kind: 'server', connection: { connectionString: inject('serverUrl') } });
	before = await server.create();
	await before.query(`
		CREATE TYPE mood AS ENUM ('sad', 'ok');
		CREATE TABLE users (id int PRIMARY KEY, name varchar(50), age int, born timestamp, payload json, mood mood, r int4range);
		CREATE TABLE posts (id int PRIMARY KEY, author int REFERENCES users, title text);
		CREATE INDEX posts_title_idx ON posts (title);
		CREATE UNIQUE INDEX users_name_idx ON users (name);
		ALTER TABLE users ADD CONSTRAINT users_age_not_null CHECK (age IS NOT NULL);
		CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM posts;
		CREATE UNIQUE INDEX totals_n ON totals (n);
		CREATE SCHEMA old;
		CREATE TABLE old.things (id int);
	`);
});

afterAll(() => server?.close());

async function lint(sql: string, facts: MigrationFacts = {}): Promise<Findings> {
	return lintMigration(await prepareMigration(aMigration(1, { up: sql }), facts));
}

async function measureAndLint(sql: string): Promise<Findings> {
	const copy = await before.copy();
	try {
		const old = await findUnindexedForeignKeys(copy);
		const locks = await measureInPlace(copy, sql);
		expect(locks.at(-1)?.failure).toBeUndefined();
		const unindexedForeignKeys = pickNewForeignKeys(await findUnindexedForeignKeys(copy), old);
		return await lint(sql, { locks, unindexedForeignKeys });
	} finally {
		await copy.drop();
	}
}

function codesOf({ findings }: Findings): readonly string[] {
	return findings.map(({ code }) => code);
}

/** A rule, SQL in which it fires, and SQL of the same kind in which it does not. */
const cases: readonly (readonly [rule: string, fires: string, calm: string])[] = [
	['drop-table', 'DROP TABLE posts CASCADE', 'CREATE TABLE t (id int); DROP TABLE t'],
	[
		'drop-column',
		'ALTER TABLE users DROP COLUMN name',
		'CREATE TABLE t (id int, a int); ALTER TABLE t DROP COLUMN a',
	],
	['drop-schema', 'DROP SCHEMA old CASCADE', 'CREATE SCHEMA x; DROP SCHEMA x'],
	['delete-all-rows', 'TRUNCATE posts', 'DELETE FROM posts WHERE id = 1'],
	['delete-all-rows', 'DELETE FROM posts', 'CREATE TABLE t (id int); DELETE FROM t'],
	[
		'add-required-column',
		'ALTER TABLE users ADD COLUMN x int NOT NULL',
		'ALTER TABLE users ADD COLUMN x int DEFAULT 1 NOT NULL',
	],
	[
		'volatile-default',
		'ALTER TABLE users ADD COLUMN x uuid DEFAULT gen_random_uuid() NOT NULL',
		'ALTER TABLE users ADD COLUMN x timestamptz DEFAULT now() NOT NULL',
	],
	[
		'add-computed-column',
		'ALTER TABLE users ADD COLUMN x serial NOT NULL',
		'CREATE TABLE t (id int); ALTER TABLE t ADD COLUMN x serial',
	],
	[
		'add-computed-column',
		'ALTER TABLE users ADD COLUMN x int GENERATED ALWAYS AS (age + 1) STORED',
		'ALTER TABLE users ADD COLUMN x int',
	],
	[
		'add-constrained-column',
		'ALTER TABLE users ADD COLUMN x int UNIQUE',
		'ALTER TABLE users ADD COLUMN x int',
	],
	[
		'add-constrained-column',
		'ALTER TABLE users ADD COLUMN x int CHECK (x > 0)',
		'CREATE TABLE t (id int); ALTER TABLE t ADD COLUMN x int CHECK (x > 0)',
	],
	[
		'set-not-null',
		'ALTER TABLE users ALTER COLUMN name SET NOT NULL',
		'ALTER TABLE users ALTER COLUMN age SET NOT NULL; ALTER TABLE users DROP CONSTRAINT users_age_not_null',
	],
	[
		'type-change-rewrites',
		'ALTER TABLE users ALTER COLUMN payload SET DATA TYPE jsonb',
		'ALTER TABLE users ALTER COLUMN name SET DATA TYPE varchar(80)',
	],
	[
		'type-change-rewrites',
		'ALTER TABLE users ALTER COLUMN mood SET DATA TYPE text',
		'ALTER TABLE users ALTER COLUMN name SET DATA TYPE text',
	],
	[
		'constraint-without-not-valid',
		'ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0)',
		'ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID',
	],
	[
		'constraint-without-not-valid',
		'ALTER TABLE users ADD CONSTRAINT f FOREIGN KEY (age) REFERENCES posts(id)',
		'CREATE TABLE t (id int); ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES posts(id)',
	],
	[
		'validate-in-same-transaction',
		'ALTER TABLE users ADD CONSTRAINT c CHECK (age > 0) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT c',
		'ALTER TABLE users VALIDATE CONSTRAINT users_age_not_null',
	],
	[
		'unique-without-index',
		'ALTER TABLE users ADD CONSTRAINT u UNIQUE (age)',
		'ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX users_name_idx',
	],
	[
		'exclusion-constraint',
		'ALTER TABLE users ADD CONSTRAINT e EXCLUDE USING gist (r WITH &&)',
		'CREATE TABLE t (r int4range); ALTER TABLE t ADD CONSTRAINT e EXCLUDE USING gist (r WITH &&)',
	],
	[
		'foreign-key-without-index',
		'CREATE TABLE t (id int PRIMARY KEY, author int REFERENCES users)',
		'CREATE TABLE t (id int PRIMARY KEY, author int REFERENCES users); CREATE INDEX ON t (author, id)',
	],
	[
		'index-without-concurrently',
		'CREATE INDEX i ON users (age)',
		'CREATE INDEX CONCURRENTLY i ON users (age)',
	],
	[
		'index-without-concurrently',
		'CREATE UNIQUE INDEX i ON users (age)',
		'CREATE TABLE t (id int); CREATE INDEX i ON t (id)',
	],
	[
		'drop-index-without-concurrently',
		'DROP INDEX posts_title_idx',
		'DROP INDEX CONCURRENTLY posts_title_idx',
	],
	['reindex-without-concurrently', 'REINDEX TABLE posts', 'REINDEX TABLE CONCURRENTLY posts'],
	[
		'refresh-without-concurrently',
		'REFRESH MATERIALIZED VIEW totals',
		'REFRESH MATERIALIZED VIEW CONCURRENTLY totals',
	],
	[
		'rename-breaks-code',
		'ALTER TABLE users RENAME COLUMN name TO full_name',
		'ALTER TABLE users RENAME CONSTRAINT users_age_not_null TO x',
	],
	[
		'rename-breaks-code',
		'ALTER TABLE users RENAME TO people',
		'CREATE TABLE t (id int); ALTER TABLE t RENAME TO t2; ALTER TABLE t2 RENAME COLUMN id TO x',
	],
	['rename-breaks-code', 'ALTER TABLE posts SET SCHEMA old', 'ALTER INDEX posts_title_idx RENAME TO x'],
	[
		'enum-value-used-at-once',
		"ALTER TYPE mood ADD VALUE 'happy'; ALTER TABLE users ALTER COLUMN mood SET DEFAULT 'happy'",
		"ALTER TYPE mood ADD VALUE 'happy'",
	],
	[
		'not-atomic',
		'CREATE INDEX CONCURRENTLY i ON users (age); ALTER TABLE posts ADD COLUMN x int',
		'CREATE INDEX CONCURRENTLY i ON users (age)',
	],
	[
		'several-exclusive-locks',
		'ALTER TABLE users ADD COLUMN x int; ALTER TABLE posts ADD COLUMN x int',
		'ALTER TABLE users ADD COLUMN x int; ALTER TABLE users ADD COLUMN y int; CREATE TABLE t (id int)',
	],
	[
		'locks-other-table',
		'ALTER TABLE posts DROP CONSTRAINT posts_author_fkey',
		'ALTER TABLE users DROP CONSTRAINT users_age_not_null',
	],
	['rewrites-table', 'ALTER TABLE posts SET UNLOGGED', 'ALTER TABLE posts SET (fillfactor = 90)'],
	[
		'data-and-schema-change',
		'ALTER TABLE users ADD COLUMN x int; UPDATE users SET x = 1 WHERE id = 1',
		'CREATE TABLE t (id int); INSERT INTO t VALUES (1)',
	],
];

describe('each rule, with what was measured', () => {
	it.each(cases)('%s fires on: %s', async (rule, fires) => {
		const found = await measureAndLint(`${fires};`);
		expect(codesOf(found)).toContain(rule);
		for (const { what, why, how, file, line } of found.findings) {
			expect([what, why, how].every((text) => /[.)]$/.test(text) && text.length > 20)).toBe(true);
			expect([file, line]).toEqual(['/drizzle/0001_add_users.sql', 1]);
		}
	});

	it.each(cases)('%s is calm on the like of: %s -> %s', async (rule, _fires, calm) => {
		expect(codesOf(await measureAndLint(`${calm};`))).not.toContain(rule);
	});

	it('covers every rule', () => {
		const covered = new Set([...cases.map(([rule]) => rule), 'transaction-control']);
		expect(RULES.map(({ id }) => id).filter((id) => !covered.has(id))).toEqual([]);
	});
});

it('validate-in-same-transaction fires, too, while the transaction keeps others out of another table', async () => {
	const sql = 'ALTER TABLE posts ADD COLUMN x int; ALTER TABLE users VALIDATE CONSTRAINT users_age_not_null;';
	const { findings } = await measureAndLint(sql);
	expect(findings.map(({ code, what }) => [code, what])).toEqual([
		[
			'validate-in-same-transaction',
			'Constraint users_age_not_null of users is validated while the transaction keeps others out of posts.',
		],
	]);
	const alone = sql.replace('ADD COLUMN x int', 'SET (fillfactor = 90)');
	expect(codesOf(await measureAndLint(alone))).toEqual([]);
});

describe('each rule, with the SQL alone', () => {
	const needMeasuring = new Set(['locks-other-table', 'rewrites-table', 'foreign-key-without-index']);

	it.each(cases.filter(([rule]) => !needMeasuring.has(rule)))('%s fires on: %s', async (rule, fires) => {
		expect(codesOf(await lint(`${fires};`))).toContain(rule);
	});

	it('knows from the snapshot that a type is only widened', async () => {
		const columns = new Map([['public.users.name', { type: 'varchar(50)', isNotNull: false }]]);
		const widen = 'ALTER TABLE "users" ALTER COLUMN "name" SET DATA TYPE varchar(80);';
		expect(codesOf(await lint(widen, { before: { columns } }))).toEqual([]);
		expect(codesOf(await lint(widen.replace('80', '20'), { before: { columns } }))).toEqual([
			'type-change-rewrites',
		]);
	});

	it('reports transaction control in a file', async () => {
		expect(codesOf(await lint('BEGIN; CREATE TABLE t (id int); COMMIT;'))).toEqual([
			'transaction-control',
			'transaction-control',
		]);
		expect(codesOf(await lint('SAVEPOINT x; CREATE TABLE t (id int); RELEASE x;'))).toEqual([]);
	});

	it('says nothing of a first migration that makes everything', async () => {
		const sql = `CREATE TABLE "users" ("id" integer PRIMARY KEY NOT NULL, "boss" integer);--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "f" FOREIGN KEY ("boss") REFERENCES "public"."users"("id");--> statement-breakpoint
CREATE INDEX "i" ON "users" USING btree ("boss");`;
		expect(codesOf(await lint(sql))).toEqual([]);
	});

	it('says nothing of an empty file', async () => {
		expect(codesOf(await lint('-- Custom SQL migration file, put your code below! --'))).toEqual([]);
	});
});

describe('an allowance', () => {
	const drop = 'ALTER TABLE "users" DROP COLUMN "name";';

	it.each([
		['before the statement', `-- companion: allow drop-column because nobody reads it\n${drop}`],
		[
			'in the statement',
			'ALTER TABLE "users"\n-- companion: allow drop-column because nobody reads it\nDROP COLUMN "name";',
		],
		['behind the statement', `${drop} -- companion: allow drop-column because nobody reads it`],
		['of several rules', `-- companion: allow drop-table, drop-column because nobody reads it\n${drop}`],
	])('%s silences a finding and keeps its reason', async (_where, sql) => {
		const { findings, allowed } = await lint(sql);
		expect(findings).toEqual([]);
		expect(allowed).toMatchObject([{ code: 'drop-column', reason: 'nobody reads it' }]);
	});

	it('is about its own statement only', async () => {
		const other = 'ALTER TABLE "posts" DROP COLUMN "title";';
		const { findings, allowed } = await lint(
			`-- companion: allow drop-column because nobody reads it\n${drop}--> statement-breakpoint\n${other}`,
		);
		expect(findings.filter(({ code }) => code === 'drop-column')).toMatchObject([{ line: 3 }]);
		expect(allowed).toHaveLength(1);
	});

	it('anywhere in the file silences what is said of the whole file', async () => {
		const sql =
			'ALTER TABLE users ADD x int;\nALTER TABLE posts ADD x int;\n-- companion: allow several-exclusive-locks because nobody is there';
		expect(codesOf(await lint(sql))).toEqual([]);
	});

	it('without a reason silences nothing and is a finding itself', async () => {
		expect(codesOf(await lint(`-- companion: allow drop-column\n${drop}`))).toEqual([
			'allow-without-reason',
			'drop-column',
		]);
		expect(codesOf(await lint(`-- companion: allow drop-column because\n${drop}`))).toEqual([
			'allow-without-reason',
			'drop-column',
		]);
	});

	it('of a rule that does not exist is a finding', async () => {
		expect(codesOf(await lint(`-- companion: allow drop-colum because typo\n${drop}`))).toEqual([
			'allow-unknown-rule',
			'drop-column',
		]);
	});

	it('that nothing needs is a finding, once locks were measured', async () => {
		const sql =
			'-- companion: allow set-not-null because small\nALTER TABLE users ALTER COLUMN age SET NOT NULL;';
		expect(codesOf(await measureAndLint(sql))).toEqual(['allow-unused']);
	});
});

describe('the place of a finding', () => {
	it('is line and column of the statement, behind comments and characters of several bytes', async () => {
		const sql = "-- ž\nCOMMENT ON TABLE users IS '🐎 ž';\n  /* x */ ALTER TABLE users\n DROP COLUMN name;";
		const { findings } = await lint(sql);
		expect(findings).toMatchObject([{ code: 'drop-column', line: 3, column: 11 }]);
	});
});
