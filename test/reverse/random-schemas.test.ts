import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareCatalogs } from '../../src/kit/catalog/compare-catalogs.ts';
import { readCatalog } from '../../src/kit/catalog/read-catalog.ts';
import type { ScratchDatabase } from '../../src/kit/database/scratch/open-scratch-server.ts';
import { reverseMigration } from '../../src/kit/reverse/reverse-migration.ts';
import { MigrationSqlFailed, runMigrationSql } from '../../src/kit/reverse/run-migration-sql.ts';
import { seededProperty } from '../harness/property.ts';
import { createRandom } from './random-schema/random.ts';
import { changeAtRandom } from './random-schema.ts';
import { useScratch } from './use-scratch-server.ts';

const scratch = useScratch();
const property = seededProperty(12, { secondsPerRun: 20 });

describe('a random migration of a random schema', () => {
	test('goes back to the schema it started from', { timeout: property.timeout }, async () => {
		await property.check(async (seed) => {
			const { base, up } = await makeCase(seed);
			const outcome = await goBack({ base, up });
			fc.pre(outcome !== 'the up does not run');
			if (outcome.wrong.length > 0) throw new Error(describeFailure(seed, { base, up, ...outcome }));
		});
	});
});

describe('a migration that once had no way back', () => {
	test.each([
		[
			'finds a way through text where no cast leads from the new type to the old one',
			['CREATE TABLE t (a interval)'],
			['ALTER TABLE t ALTER a TYPE numeric(12,4) USING a::text::numeric(12,4);'],
		],
		[
			'finds a way through text from a single value to a list, too',
			['CREATE TABLE t (d integer[] NOT NULL, r integer[])'],
			[
				'ALTER TABLE t ALTER d TYPE int4range USING d::text::int4range;',
				'ALTER TABLE t ALTER r TYPE int4range[] USING r::text::int4range[];',
			],
		],
		[
			'drops new statistics on a table that it renames',
			['CREATE TABLE t (id uuid PRIMARY KEY, c text)'],
			['CREATE STATISTICS st ON id, c FROM t;', 'ALTER TABLE t RENAME TO u;'],
		],
		[
			'drops new statistics in another schema than that of their table',
			['CREATE SCHEMA s2; CREATE TABLE s2."Big Table" (id integer PRIMARY KEY, c time)'],
			['CREATE STATISTICS public.st ON id, c FROM s2."Big Table";', 'CREATE SCHEMA s1;'],
		],
		[
			'drops new statistics on a table under a view that stays',
			['CREATE TABLE z (id integer PRIMARY KEY, d integer DEFAULT 1+1)', 'CREATE VIEW w AS SELECT * FROM z'],
			['ALTER TABLE z ALTER d DROP DEFAULT;', 'CREATE STATISTICS st2 ON id, d FROM z;'],
		],
		[
			'gives a column the storage of its type back, by name',
			['CREATE TABLE z ("order" integer, x timestamptz UNIQUE, a integer[] NOT NULL)'],
			['ALTER TABLE z ALTER a SET STORAGE MAIN;'],
		],
		[
			'drops new statistics on the only table there is',
			['CREATE TABLE z (id integer PRIMARY KEY, b double precision, "order" boolean)'],
			['CREATE STATISTICS st2 ON id, b FROM z;'],
		],
		[
			'drops new statistics in a schema whose only table comes back',
			[
				'CREATE SCHEMA s1',
				'CREATE TABLE s1."order" (id integer PRIMARY KEY)',
				'CREATE TABLE u (id integer, b text[])',
			],
			['DROP TABLE s1."order";', 'CREATE STATISTICS s1.st2 ON id, b FROM u;'],
		],
		[
			'makes the sequence of an unlogged table unlogged again',
			['CREATE TABLE k (id serial PRIMARY KEY)', 'ALTER TABLE k SET UNLOGGED'],
			['DROP TABLE k;'],
		],
		[
			'brings a sequence back that belongs to a column which does not use it',
			['CREATE TABLE k (id serial PRIMARY KEY)', 'ALTER TABLE k ALTER id SET DEFAULT 1'],
			['DROP TABLE k;'],
		],
		[
			'brings statistics back whose columns stand in another order then',
			[
				'CREATE TABLE t (id integer PRIMARY KEY, a text, "B" text)',
				'CREATE STATISTICS st ON id, a, "B", (lower(a)) FROM t',
			],
			['ALTER TABLE t DROP COLUMN id;'],
		],
		[
			'makes a table anew with two keys of the same columns',
			[
				'CREATE TABLE t (id integer PRIMARY KEY, b text UNIQUE NULLS NOT DISTINCT)',
				'ALTER TABLE t ADD CONSTRAINT again UNIQUE (b), ADD CONSTRAINT once_more UNIQUE (id)',
			],
			['DROP TABLE t;'],
		],
		[
			'makes a domain anew that is NOT NULL',
			[
				"CREATE DOMAIN d AS text NOT NULL CHECK (VALUE <> '')",
				"COMMENT ON CONSTRAINT d_check ON DOMAIN d IS 'c'",
			],
			['DROP DOMAIN d;'],
		],
		[
			'makes a domain NOT NULL again, and lets another be without',
			['CREATE DOMAIN d AS text NOT NULL', 'CREATE DOMAIN e AS text'],
			['ALTER DOMAIN d DROP NOT NULL;', 'ALTER DOMAIN e SET NOT NULL;'],
		],
	])('%s', async (_name, base, up) => {
		expect(await goBack({ base, up })).toMatchObject({ wrong: [] });
	});
});

interface Case {
	readonly base: readonly string[];
	readonly up: readonly string[];
}

/** A database of four statements and more, and one to five statements that change it. */
async function makeCase(seed: number): Promise<Case> {
	const random = createRandom(seed);
	const database = await scratch.database();
	try {
		const base = await changeAtRandom(database, random, 4 + random.below(14));
		return { base, up: await changeAtRandom(database, random, 1 + random.below(5)) };
	} finally {
		await database.drop();
	}
}

interface Outcome {
	readonly down: readonly string[];
	/** In words; empty when the down leads back. */
	readonly wrong: readonly string[];
}

/** Derives the way back and walks it once more in a copy of its own. */
async function goBack({ base, up }: Case): Promise<Outcome | 'the up does not run'> {
	const before = await scratch.database(base);
	const upSql = up.join('\n--> statement-breakpoint\n');
	try {
		const { down, after, problems } = await reverseMigration({ before, upSql, tag: 'change' });
		await after.drop();
		if (down.reversibility === 'irreversible') return { down: [], wrong: [`irreversible: ${down.reason}`] };
		const wrong = [
			...problems
				.filter((problem) => !down.notes.includes(problem))
				.map((problem) => `not in the notes: ${problem}`),
			...(dropsDependents(down.statements) ? ['the down says CASCADE'] : []),
			...(await walk(before, upSql, down.statements.join('\n'))),
		];
		return { down: down.statements, wrong };
	} catch (error) {
		// Statements that run one by one need not run in one transaction: a new enum value cannot be used in it.
		if (error instanceof MigrationSqlFailed) return 'the up does not run';
		throw error;
	} finally {
		await before.drop();
	}
}

function dropsDependents(statements: readonly string[]): boolean {
	return /\bCASCADE\b/.test(statements.join('\n').replaceAll(/ON (?:DELETE|UPDATE) CASCADE/g, ''));
}

/** What is not as it was after the up and the down. */
async function walk(before: ScratchDatabase, upSql: string, downSql: string): Promise<readonly string[]> {
	const copy = await before.copy();
	try {
		const expected = await readCatalog(copy.pool());
		await runMigrationSql(copy.pool(), upSql);
		await runMigrationSql(copy.pool(), downSql);
		const differences = await compareCatalogs(await readCatalog(copy.pool()), expected);
		return differences.map(({ words }) => words);
	} finally {
		await copy.drop();
	}
}

function describeFailure(seed: number, { base, up, down, wrong }: Case & Outcome): string {
	return [`seed ${seed}: ${wrong.join('; ')}`, '-- base', ...base, '-- up', ...up, '-- down', ...down].join(
		'\n',
	);
}
