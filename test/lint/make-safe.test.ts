import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { compareObjects } from '../../src/kit/catalog/compare-objects.ts';
import { readObjects } from '../../src/kit/catalog/read-catalog.ts';
import {
	openScratchServer,
	type ScratchDatabase,
	type ScratchServer,
} from '../../src/kit/database/scratch/open-scratch-server.ts';
import { lintMigration } from '../../src/kit/lint/lint-migration.ts';
import { makeSafe } from '../../src/kit/lint/make-safe.ts';
import { prepareMigration } from '../../src/kit/lint/prepare-migration.ts';
import { measureInPlace } from '../../src/kit/locks/measure-locks.ts';
import { isTransactional, runMigrationSql } from '../../src/kit/reverse/run-migration-sql.ts';
import { aMigration } from '../harness/a-migration.ts';

let server: ScratchServer;
let before: ScratchDatabase;

beforeAll(async () => {
	server = await openScratchServer({ kind: 'server', connection: { connectionString: inject('serverUrl') } });
	before = await server.create();
	await before.query(`
		CREATE TABLE users (id int PRIMARY KEY, name varchar(50), age int, "Ünd" text);
		CREATE TABLE posts (id int PRIMARY KEY, author int, title text);
		CREATE INDEX posts_title_idx ON posts (title);
		INSERT INTO users SELECT n, 'n' || n, n, 'x' FROM generate_series(1, 5000) n;
		INSERT INTO posts SELECT n, n, 't' || n FROM generate_series(1, 5000) n;
	`);
});

afterAll(() => server?.close());

/** As drizzle-kit writes them. */
const changes: readonly (readonly [
	name: string,
	statements: readonly string[],
	purposes: readonly string[],
])[] = [
	['an index', ['CREATE INDEX "i" ON "users" USING btree ("name");'], ['index_i']],
	[
		'a unique index',
		['CREATE UNIQUE INDEX "i" ON "users" USING btree (lower("name")) WHERE "age" > 1;'],
		['index_i'],
	],
	['an index that goes', ['DROP INDEX "posts_title_idx";'], ['drop_posts_title_idx']],
	[
		'an index made anew',
		[
			'DROP INDEX "posts_title_idx";',
			'CREATE INDEX "posts_title_idx" ON "posts" USING btree ("title","id");',
		],
		['drop_posts_title_idx', 'index_posts_title_idx'],
	],
	['a check', ['ALTER TABLE "users" ADD CONSTRAINT "c" CHECK ("users"."age" > 0);'], ['change', 'validate']],
	[
		'a foreign key',
		[
			'ALTER TABLE "posts" ADD CONSTRAINT "f" FOREIGN KEY ("author") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;',
		],
		['change', 'validate'],
	],
	['NOT NULL', ['ALTER TABLE "users" ALTER COLUMN "name" SET NOT NULL;'], ['change', 'validate', 'finish']],
	[
		'NOT NULL of an odd name',
		['ALTER TABLE "users" ALTER COLUMN "Ünd" SET NOT NULL;'],
		['change', 'validate', 'finish'],
	],
	[
		'a unique constraint',
		['ALTER TABLE "users" ADD CONSTRAINT "users_name_unique" UNIQUE NULLS NOT DISTINCT("name","age");'],
		['index_users_name_unique', 'finish'],
	],
	[
		'a volatile default',
		['ALTER TABLE "users" ADD COLUMN "token" uuid DEFAULT gen_random_uuid() NOT NULL;'],
		['change', 'fill', 'guard', 'validate', 'finish'],
	],
	[
		'a volatile default with odd characters',
		[`ALTER TABLE "users" ADD COLUMN "t%'ö" text DEFAULT 'é%''' || random() || '$fill$' NOT NULL;`],
		['change', 'fill', 'guard', 'validate', 'finish'],
	],
	[
		'a volatile default without NOT NULL',
		['ALTER TABLE "public"."users" ADD COLUMN "token" uuid DEFAULT gen_random_uuid();'],
		['change', 'fill'],
	],
	[
		'several at once',
		[
			'CREATE TABLE "tags" ("id" integer PRIMARY KEY NOT NULL, "post" integer);',
			'ALTER TABLE "users" ADD COLUMN "boss" integer;',
			'ALTER TABLE "tags" ADD CONSTRAINT "tf" FOREIGN KEY ("post") REFERENCES "public"."posts"("id");',
			'ALTER TABLE "users" ADD CONSTRAINT "bf" FOREIGN KEY ("boss") REFERENCES "public"."users"("id");',
			'CREATE INDEX "ti" ON "tags" USING btree ("post");',
			'CREATE INDEX "bi" ON "users" USING btree ("boss");',
			'ALTER TABLE "posts" ALTER COLUMN "title" SET NOT NULL;',
		],
		['change', 'index_bi', 'change', 'validate', 'finish'],
	],
];

describe('the safe form', () => {
	it.each(changes)(
		'arrives where the plain one does, with rows in the tables: %s',
		async (_name, statements, purposes) => {
			const { migrations, changes: told } = await makeSafe(statements);
			expect(migrations.map(({ purpose }) => purpose)).toEqual(purposes);
			expect(told.length).toBeGreaterThan(0);
			const [plain, safe] = [await before.copy(), await before.copy()];
			await runMigrationSql(plain.pool(), statements.join('\n'));
			for (const migration of migrations) {
				const sql = migration.statements.join('\n');
				await runMigrationSql(safe.pool(), sql);
				expect(await isTransactional(sql)).toBe(migration.isTransactional);
			}
			const [expected, actual] = [await readObjects(plain.pool()), await readObjects(safe.pool())];
			expect((await compareObjects(actual, expected)).map(({ key }) => key)).toEqual([]);
			for (const database of [plain, safe]) await database.drop();
		},
	);

	it.each(changes)('leaves no error for the linter: %s', async (_name, statements) => {
		const { migrations } = await makeSafe(statements);
		const copy = await before.copy();
		for (const migration of migrations) {
			const up = migration.statements.join('\n--> statement-breakpoint\n');
			const locks = await measureInPlace(copy, up);
			const { findings } = lintMigration(await prepareMigration(aMigration(1, { up }), { locks }));
			expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
		}
		await copy.drop();
	});

	it('fills every old row, and new rows that come meanwhile have their value', async () => {
		const { migrations } = await makeSafe([
			'ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid() NOT NULL;',
		]);
		const copy = await before.copy();
		await runMigrationSql(copy.pool(), migrations[0]?.statements.join('\n') ?? '');
		await copy.query('INSERT INTO users (id) VALUES (9999)');
		await copy.query('UPDATE users SET age = 7 WHERE id = 1');
		for (const { statements } of migrations.slice(1))
			await runMigrationSql(copy.pool(), statements.join('\n'));
		const { rows } = await copy.query(
			'SELECT count(*)::int AS all, count(DISTINCT token)::int AS filled FROM users',
		);
		expect(rows).toEqual([{ all: 5001, filled: 5001 }]);
		await copy.drop();
	});
});

describe('what is left as it is', () => {
	it.each([
		[
			'a new table with all that belongs to it',
			['CREATE TABLE t (id int)', 'CREATE INDEX i ON t (id)', 'ALTER TABLE t ALTER id SET NOT NULL'],
		],
		['a constant default', ['ALTER TABLE users ADD COLUMN x int DEFAULT 1 NOT NULL']],
		[
			'a default that is the same for all rows',
			['ALTER TABLE users ADD COLUMN x timestamptz DEFAULT now() NOT NULL'],
		],
		['a column without a value', ['ALTER TABLE users ADD COLUMN x int NOT NULL']],
		[
			'several commands in one statement',
			['ALTER TABLE users ALTER name SET NOT NULL, ALTER age SET NOT NULL'],
		],
		['a change of type', ['ALTER TABLE users ALTER COLUMN age SET DATA TYPE bigint']],
		[
			'what a later statement renames',
			['ALTER TABLE users ALTER name SET NOT NULL', 'ALTER TABLE users RENAME TO people'],
		],
	])('%s', async (_name, statements) => {
		const { migrations, changes: told } = await makeSafe(statements);
		expect(told).toEqual([]);
		expect(migrations).toEqual([
			{ statements: statements.map((sql) => `${sql};`), isTransactional: true, purpose: 'change' },
		]);
	});

	it('nothing at all', async () => {
		expect(await makeSafe([])).toEqual({ migrations: [], changes: [] });
	});
});
