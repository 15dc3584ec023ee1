import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateStatements } from '../../src/kit/generate/generate-statements.ts';
import { loadSchema } from '../../src/kit/generate/load-schema.ts';
import { type DrizzleKit, openDrizzleKit } from '../../src/kit/generate/open-drizzle-kit.ts';
import { type RenameOptions, resolveRenames } from '../../src/kit/generate/resolve-renames.ts';
import { aProject, type TestProject } from '../harness/a-project.ts';
import { drizzleImports } from './drizzle-imports.ts';

let project: TestProject;
let kit: DrizzleKit;
let count = 0;

beforeAll(() => {
	project = aProject();
	kit = openDrizzleKit(project.root);
});

afterAll(async () => {
	await kit.close();
});

async function load(source: string) {
	const file = `schema${count++}.ts`;
	project.write(file, drizzleImports + source);
	return (await loadSchema({ schema: [file] }, kit)).snapshot;
}

async function draft(
	before: string,
	after: string,
	options: RenameOptions | readonly string[] = {},
): Promise<readonly string[]> {
	const current = await load(after);
	const resolved = await resolveRenames(
		await load(before),
		current,
		'length' in options ? { renames: options } : options,
	);
	const generated = await generateStatements(kit, resolved.previous, current);
	return [...resolved.statements, ...generated].map((statement) => statement.trim());
}

const t = (columns: string) => `export const t = pgTable('t', { id: integer().primaryKey(), ${columns} });`;

describe('answers on the command line', () => {
	test.each<[string, string, string, readonly string[], readonly string[]]>([
		['a column', t('a: text()'), t('b: text()'), ['t.a=t.b'], ['ALTER TABLE "t" RENAME COLUMN "a" TO "b";']],
		[
			'a column, shortly',
			t('a: text()'),
			t('b: text()'),
			['t.a=b'],
			['ALTER TABLE "t" RENAME COLUMN "a" TO "b";'],
		],
		[
			'a column that also changes its type',
			t('a: varchar({ length: 20 })'),
			t('b: text()'),
			['t.a=t.b'],
			['ALTER TABLE "t" RENAME COLUMN "a" TO "b";', 'ALTER TABLE "t" ALTER COLUMN "b" SET DATA TYPE text;'],
		],
		[
			'a table that also changes a column',
			t('a: integer()'),
			`export const t = pgTable('t2', { id: integer().primaryKey(), a: bigint({ mode: 'number' }) });`,
			['t=t2'],
			['ALTER TABLE "t" RENAME TO "t2";', 'ALTER TABLE "t2" ALTER COLUMN "a" SET DATA TYPE bigint;'],
		],
		[
			'a table and its column',
			t('a: text()'),
			`export const t = pgTable('t2', { id: integer().primaryKey(), b: text() });`,
			['t=t2', 't.a=t2.b'],
			['ALTER TABLE "t" RENAME TO "t2";', 'ALTER TABLE "t2" RENAME COLUMN "a" TO "b";'],
		],
		[
			'a schema, a table in it and the column of that, all by their old names',
			`export const s = pgSchema('s'); export const t = s.table('t', { a: text() });`,
			`export const s = pgSchema('s2'); export const t = s.table('t2', { b: text() });`,
			['s=s2', 's.t=s2.t2', 's.t.a=s2.t2.b'],
			[
				'ALTER SCHEMA "s" RENAME TO "s2";',
				'ALTER TABLE "s2"."t" RENAME TO "t2";',
				'ALTER TABLE "s2"."t2" RENAME COLUMN "a" TO "b";',
			],
		],
		[
			'a move into a new schema',
			t('a: text()'),
			`export const s = pgSchema('s'); export const t = s.table('t', { id: integer().primaryKey(), a: text() });`,
			['t=s.t'],
			['CREATE SCHEMA "s";', 'ALTER TABLE "public"."t" SET SCHEMA "s";'],
		],
		[
			'a schema with an enum in it',
			`export const s = pgSchema('a'); export const e = s.enum('e', ['x']); export const t = s.table('t', { e: e() });`,
			`export const s = pgSchema('b'); export const e = s.enum('e', ['x']); export const t = s.table('t', { e: e() });`,
			['a=b'],
			['ALTER SCHEMA "a" RENAME TO "b";'],
		],
		[
			'an enum used by an array',
			`export const e = pgEnum('e', ['x']); ${t('e: e().array()')}`,
			`export const e = pgEnum('f', ['x']); ${t('e: e().array()')}`,
			['e=f'],
			['ALTER TYPE "public"."e" RENAME TO "f";'],
		],
		[
			'a view',
			`${t('')} export const v = pgView('v').as((q) => q.select().from(t));`,
			`${t('')} export const v = pgView('w').as((q) => q.select().from(t));`,
			['v=w'],
			['ALTER VIEW "public"."v" RENAME TO "w";'],
		],
		[
			'a sequence',
			`export const s = pgSequence('s');`,
			`export const s = pgSequence('r');`,
			['s=r'],
			['ALTER SEQUENCE "public"."s" RENAME TO "r";'],
		],
		[
			'a policy that also changes',
			`export const t = pgTable('t', { id: integer() }, () => [pgPolicy('p', { using: sql\`id > 1\` })]);`,
			`export const t = pgTable('t', { id: integer() }, () => [pgPolicy('q', { using: sql\`id > 2\` })]);`,
			['t.p=t.q'],
			['ALTER POLICY "p" ON "t" RENAME TO "q";', 'ALTER POLICY "q" ON "t" TO public USING (id > 2);'],
		],
		[
			'names that are derived from the table',
			`export const t = pgTable('t', { a: text().unique(), b: integer().references(() => u.id) }); export const u = pgTable('u', { id: integer().primaryKey() });`,
			`export const t = pgTable('t2', { a: text().unique(), b: integer().references(() => u.id) }); export const u = pgTable('u', { id: integer().primaryKey() });`,
			['t=t2'],
			[
				'ALTER TABLE "t" RENAME TO "t2";',
				'ALTER TABLE "t2" RENAME CONSTRAINT "t_b_u_id_fk" TO "t2_b_u_id_fk";',
				'ALTER TABLE "t2" RENAME CONSTRAINT "t_a_unique" TO "t2_a_unique";',
			],
		],
		[
			'an identity, whose sequence follows',
			`export const t = pgTable('t', { id: integer().generatedAlwaysAsIdentity() });`,
			`export const t = pgTable('t2', { id: integer().generatedAlwaysAsIdentity() });`,
			['t=t2'],
			['ALTER TABLE "t" RENAME TO "t2";', 'ALTER SEQUENCE "t_id_seq" RENAME TO "t2_id_seq";'],
		],
		[
			'a column in a check and an index expression',
			`export const t = pgTable('t', { a: integer() }, (t) => [check('c', sql\`\${t.a} > 0\`), index('i').on(sql\`(\${t.a} + 1)\`)]);`,
			`export const t = pgTable('t', { b: integer() }, (t) => [check('c', sql\`\${t.b} > 0\`), index('i').on(sql\`(\${t.b} + 1)\`)]);`,
			['t.a=t.b'],
			['ALTER TABLE "t" RENAME COLUMN "a" TO "b";'],
		],
		[
			'a chain',
			t('a: text(), b: text()'),
			t('b: text(), c: text()'),
			['t.a=t.b', 't.b=t.c'],
			['ALTER TABLE "t" RENAME COLUMN "b" TO "c";', 'ALTER TABLE "t" RENAME COLUMN "a" TO "b";'],
		],
		[
			'a swap',
			t('a: text(), b: text()'),
			t('a: text(), b: text()'),
			['t.a=t.b', 't.b=t.a'],
			[
				'ALTER TABLE "t" RENAME COLUMN "a" TO "a__swap";',
				'ALTER TABLE "t" RENAME COLUMN "b" TO "a";',
				'ALTER TABLE "t" RENAME COLUMN "a__swap" TO "b";',
			],
		],
		[
			'what is new and not renamed',
			t('a: text()'),
			t('b: text()'),
			['=t.b'],
			['ALTER TABLE "t" ADD COLUMN "b" text;', 'ALTER TABLE "t" DROP COLUMN "a";'],
		],
		[
			'what is dropped and not renamed',
			t('a: text()'),
			t('b: text()'),
			['t.a='],
			['ALTER TABLE "t" ADD COLUMN "b" text;', 'ALTER TABLE "t" DROP COLUMN "a";'],
		],
		[
			'names with dots and quotes',
			t(`a: text('x.y')`),
			t(`a: text('he said "no"')`),
			['t."x.y"=t."he said ""no"""'],
			['ALTER TABLE "t" RENAME COLUMN "x.y" TO "he said ""no""";'],
		],
		[
			'a table whose old name is used again',
			`export const a = pgTable('users', { id: integer() });`,
			`export const a = pgTable('accounts', { id: integer() }); export const b = pgTable('users', { x: text() });`,
			['users=accounts'],
			['ALTER TABLE "users" RENAME TO "accounts";', 'CREATE TABLE "users" (\n\t"x" text\n);'],
		],
	])('rename %s', async (_name, before, after, renames, expected) => {
		expect(await draft(before, after, renames)).toEqual(expected);
	});
});

describe('without an answer', () => {
	test('is silent where nothing is ambiguous', async () => {
		expect(await draft(t('a: text()'), t('a: text(), b: text()'))).toEqual([
			'ALTER TABLE "t" ADD COLUMN "b" text;',
		]);
	});

	test('names every candidate of every kind at once, with what to type', async () => {
		const before = `${t('a: text()')} export const e = pgEnum('e', ['x']); export const o = pgTable('o', { id: integer() });`;
		const after = `${t('b: text()')} export const e = pgEnum('f', ['x']); export const n = pgTable('n', { id: integer() });`;
		await expect(draft(before, after)).rejects.toMatchObject({
			code: 'RENAME_NEEDS_ANSWER',
			hint: expect.stringContaining('--rename t.a=t.b'),
			details: {
				questions: [
					{ kind: 'enum', created: 'f', candidates: ['e'] },
					{ kind: 'table', created: 'n', candidates: ['o'] },
					{ kind: 'column', created: 't.b', candidates: ['t.a'] },
				],
			},
		});
	});

	test('asks where somebody can be asked, one created thing after the other', async () => {
		const asked: unknown[] = [];
		const ask: RenameOptions['ask'] = async (question) => {
			asked.push(question);
			return question.created === 't.c' ? 't.a' : undefined;
		};
		expect(await draft(t('a: text(), b: text()'), t('c: text(), d: text()'), { ask })).toEqual([
			'ALTER TABLE "t" RENAME COLUMN "a" TO "c";',
			'ALTER TABLE "t" ADD COLUMN "d" text;',
			'ALTER TABLE "t" DROP COLUMN "b";',
		]);
		expect(asked).toEqual([
			{ kind: 'column', created: 't.c', candidates: ['t.a', 't.b'] },
			{ kind: 'column', created: 't.d', candidates: ['t.b'] },
		]);
	});
});

describe('answers that do not fit', () => {
	test.each([
		['an unknown old name', ['t.nope=t.b'], /last snapshot has no t\.nope/],
		['an unknown new name', ['t.a=t.nope'], /TypeScript has no t\.nope/],
		['two answers for one', ['t.a=t.b', '=t.b'], /contradict/],
		['two new names for one', ['t.a=t.b', 't.a=t.c'], /contradict/],
		['an answer to nothing', ['t.a=t.b', 'x=y'], /last snapshot has no x/],
	])('refuses %s', async (_name, renames, message) => {
		await expect(draft(t('a: text()'), t('b: text(), c: text()'), renames)).rejects.toMatchObject({
			code: 'RENAME_NEEDS_ANSWER',
			message: expect.stringMatching(message),
		});
	});

	test('refuses to rename onto something that is still there', async () => {
		await expect(draft(t('a: text(), b: text()'), t('b: text()'), ['t.a=t.b'])).rejects.toMatchObject({
			code: 'RENAME_NEEDS_ANSWER',
			message: expect.stringContaining('has a column of that name already'),
		});
	});
});
