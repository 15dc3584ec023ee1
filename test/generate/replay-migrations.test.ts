import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { compareObjects } from '../../src/kit/catalog/compare-objects.ts';
import { readObjects } from '../../src/kit/catalog/read-catalog.ts';
import { openScratchServer, type ScratchServer } from '../../src/kit/database/scratch/open-scratch-server.ts';
import type { CompanionError } from '../../src/kit/errors.ts';
import { replayMigrations, replaySql, type TaggedUpFile } from '../../src/kit/generate/replay-migrations.ts';
import { countTogether } from '../../src/kit/generate/replay-together.ts';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { hasPooler, startPooler } from '../harness/a-pooler.ts';
import { rejectionOf } from '../harness/error-of.ts';
import { countRuns } from '../harness/property.ts';

let server: ScratchServer;
beforeAll(async () => {
	server = await openScratchServer({
		kind: 'server',
		connection: { connectionString: inject('serverUrl') },
	});
});
afterAll(() => server.close());

function filesOf(texts: readonly string[]): readonly TaggedUpFile[] {
	return texts.map((sql, place) => {
		const tag = `${String(place).padStart(4, '0')}_a`;
		return { tag, file: `drizzle/${tag}.sql`, sql, checksum: computeChecksum(sql) };
	});
}

/** What is in a database after the files were replayed, or how that failed. */
async function replayed(texts: readonly string[]) {
	const database = await server.create();
	try {
		const failure = await replayMigrations(database, filesOf(texts)).catch((error: CompanionError) => error);
		return { tag: failure?.details.tag, objects: await readObjects(database.pool()) };
	} finally {
		await database.drop();
	}
}

/** The same, one file after the other. */
async function replayedAlone(texts: readonly string[]) {
	const database = await server.create();
	let tag: string | undefined;
	try {
		for (const file of filesOf(texts)) {
			const failed = await replaySql(database, file.sql).then(
				() => false,
				() => true,
			);
			if (failed) {
				tag = file.tag;
				break;
			}
		}
		return { tag, objects: await readObjects(database.pool()) };
	} finally {
		await database.drop();
	}
}

const table = (name: string) => `CREATE TABLE "${name}" (id integer PRIMARY KEY);`;

describe('migrations that only define things', () => {
	it('are replayed many in a transaction', async () => {
		const database = await server.create();
		const told: number[] = [];
		await replayMigrations(
			database,
			filesOf(Array.from({ length: 120 }, (_, place) => table(`t${place}`))),
			({ current = -1 }) => told.push(current),
		);
		expect(told).toEqual([0, 50, 100]);
		const { rows } = await database.query(
			"SELECT count(*)::int AS tables FROM pg_class WHERE relname ~ '^t[0-9]+$'",
		);
		expect(rows).toEqual([{ tables: 120 }]);
	});

	it.each([
		['changes the search_path', 'SET search_path = other;'],
		['calls a function', "SELECT set_config('search_path', 'other', false);"],
		['writes rows', 'INSERT INTO t VALUES (1);'],
		['makes a role', 'CREATE ROLE somebody;'],
		['makes a temporary table', 'CREATE TEMP TABLE t (id integer);'],
		['asks for no transaction', '-- companion: no-transaction\nCREATE TABLE t (id integer);'],
		['cannot run in a transaction', 'CREATE INDEX CONCURRENTLY ON t (id);'],
		['ends the transaction', 'CREATE TABLE t (id integer); COMMIT;'],
	])('end where one %s', async (_what, sql) => {
		expect(await countTogether(filesOf([table('a'), sql, table('b')]))).toBe(1);
	});
});

describe('a migration among many that does not run', () => {
	it('is named, with its line, and those before it stay', async () => {
		const files = filesOf([table('a'), `\n${table('b')}\nCREATE TABLE a (id integer);`, table('c')]);
		const database = await server.create();
		const error = await rejectionOf(replayMigrations(database, files));
		expect([error.code, error.details.tag, error.details.line]).toEqual(['STATEMENT_FAILED', '0001_a', 3]);
		expect([...(await readObjects(database.pool())).objects.keys()]).toContain('["table","public","a"]');
	});

	it.each([
		['quote', "CREATE TABLE a (n text DEFAULT 'x", "', m integer);"],
		['comment', 'CREATE TABLE a (n text); /* x', '*/ CREATE TABLE b (n text);'],
		['dollar quote', 'CREATE TABLE a (n text); COMMENT ON TABLE a IS $$ x', '$$; CREATE TABLE b (n text);'],
	])('because of a %s that only the next one closes', async (_what, one, other) => {
		expect((await replayed([table('z'), one, other])).tag).toBe('0001_a');
	});
});

describe('many statements', () => {
	const name = fc.oneof(
		{ weight: 30, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e') },
		{ weight: 1, arbitrary: fc.constantFrom('a_pkey', 'a_id_seq', 'mood') },
	);
	const made = fc.oneof(
		{
			weight: 3,
			arbitrary: fc.nat({ max: 40 }).map((place) => `CREATE TABLE "t${place}" ("id" serial PRIMARY KEY)`),
		},
		fc
			.tuple(name, fc.constantFrom('serial PRIMARY KEY', 'integer', 'mood'))
			.map(([n, type]) => `CREATE TABLE "${n}" ("id" ${type})`),
		fc.tuple(name, name).map(([n, on]) => `CREATE INDEX "${n}_i" ON "${on}" ("id")`),
		fc
			.tuple(name, name)
			.map(
				([n, to]) =>
					`ALTER TABLE "${n}" ADD CONSTRAINT "${n}_${to}" FOREIGN KEY ("id") REFERENCES "${to}"("id")`,
			),
		name.map((n) => `ALTER TABLE "${n}" ADD COLUMN "n" text DEFAULT 'x'`),
		fc.constant(`CREATE TYPE "public"."mood" AS ENUM('a', 'b')`),
	);
	const rare = fc.constantFrom(
		`CREATE TABLE "open" ("n" text DEFAULT 'x`,
		'CREATE TABLE "broken" (',
		'DROP TABLE "t1"',
	);
	const statement = fc.oneof({ weight: 60, arbitrary: made }, { weight: 1, arbitrary: rare });
	const files = fc.array(statement, { minLength: 30, maxLength: 70 }).map((all) => keepPlausible(all));

	it('that two sessions run lead to what one leads to, and fail at the same', {
		timeout: 240_000,
	}, async () => {
		await fc.assert(
			fc.asyncProperty(files, async (texts) => {
				const [one, other] = [await replayed(texts), await replayedAlone(texts)];
				expect(one.tag).toBe(other.tag);
				expect(await compareObjects(one.objects, other.objects)).toEqual([]);
			}),
			{ numRuns: countRuns(12) },
		);
	});

	it('are run by one session where the role may have no second', async () => {
		const role = `r${randomBytes(6).toString('hex')}`;
		const admin = await server.create();
		await admin.query(`CREATE ROLE ${role} LOGIN CREATEDB PASSWORD 'x' CONNECTION LIMIT 2`);
		const url = new URL(inject('serverUrl'));
		[url.username, url.password] = [role, 'x'];
		expect(await countTables(url.href)).toBe(30);
		await admin.query(`DROP ROLE ${role}`);
	});

	it.skipIf(!hasPooler())('are run by one session where a pooler has no second', async () => {
		const pooler = await startPooler(inject('serverUrl'), 1);
		try {
			expect(await countTables(pooler.urlOf(inject('serverUrl')))).toBe(30);
		} finally {
			await pooler.stop();
		}
	});

	it('are run one by one where two sessions wait for each other', async () => {
		// The type that every table has an array of is called as another table.
		const texts = [
			'CREATE TABLE "a" ()',
			...Array.from({ length: 30 }, (_, place) => table(`t${place}`)),
			'CREATE TABLE "_a" ()',
		];
		const [one, other] = [await replayed(texts), await replayedAlone(texts)];
		expect(one.tag).toBeUndefined();
		expect(await compareObjects(one.objects, other.objects)).toEqual([]);
	});
});

/** How many of thirty tables are there after they were made in a scratch database of that server. */
async function countTables(connectionString: string): Promise<number> {
	const scratch = await openScratchServer({ kind: 'server', connection: { connectionString } });
	try {
		const database = await scratch.create();
		await replayMigrations(database, filesOf(Array.from({ length: 30 }, (_, place) => table(`t${place}`))));
		const { rows } = await database.query(
			"SELECT count(*)::int AS tables FROM pg_class WHERE relname ~ '^t[0-9]+$'",
		);
		return rows[0].tables;
	} finally {
		await scratch.close();
	}
}

/** Without what would fail for sure: what is made twice, or of what is not there. */
function keepPlausible(statements: readonly string[]): readonly string[] {
	const made = new Set<string>();
	const referable = new Set<string>();
	return statements.filter((sql) => {
		const own = ['id', 'n', 'public'];
		const [first = '', ...others] = [...sql.matchAll(/"(\w+)"/g)].flatMap(([, word = '']) =>
			own.includes(word) ? [] : [word],
		);
		const thing = sql.startsWith('CREATE') ? first : sql;
		const needed = sql.startsWith('CREATE') ? others : [first];
		const target = / REFERENCES /.test(sql) ? others.slice(-1) : [];
		if (/ mood\)/.test(sql)) needed.push('mood');
		if (made.has(thing) || ![...needed].every((each) => made.has(each))) return false;
		if (!target.every((each) => referable.has(each) && referable.has(first))) return false;
		made.add(thing);
		if (/PRIMARY KEY/.test(sql)) referable.add(first);
		return true;
	});
}

describe('any migrations', () => {
	const odd = [
		table('a'),
		table('b'),
		'ALTER TABLE a ADD COLUMN n text',
		'ALTER TABLE "a" ADD COLUMN "m" integer;--> statement-breakpoint\nALTER TABLE "b" ADD COLUMN "k" integer',
		'DROP TABLE b CASCADE;',
		"CREATE TYPE mood AS ENUM ('ok'); CREATE SCHEMA other;",
		"ALTER TYPE mood ADD VALUE 'bad';",
		"ALTER TABLE a ADD COLUMN mood mood DEFAULT 'bad';",
		'SET search_path = other;',
		'CREATE TABLE c (id integer REFERENCES public.a DEFERRABLE INITIALLY DEFERRED);',
		'INSERT INTO a (id) VALUES (1);',
		'ALTER TABLE a ADD CONSTRAINT positive CHECK (id > 1);',
		'CREATE INDEX CONCURRENTLY a_id ON a (id);',
		"-- it's only a comment",
		'CREATE TABLE broken (',
		"CREATE TABLE d (n text DEFAULT 'open",
	];
	it('lead to what each by itself leads to, and fail at the same', { timeout: 120_000 }, async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(fc.constantFrom(...odd), { minLength: 2, maxLength: 10 }), async (texts) => {
				const [one, other] = [await replayed(texts), await replayedAlone(texts)];
				expect(one.tag).toBe(other.tag);
				expect(await compareObjects(one.objects, other.objects)).toEqual([]);
			}),
			{ numRuns: countRuns(12) },
		);
	});
});
