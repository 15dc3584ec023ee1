import { extract, type FactBase } from '@supabase/pg-delta';
import { expect, test } from 'vitest';
import { extractFacts } from '../../src/kit/catalog/extract-facts.ts';
import type { ScratchDatabase } from '../../src/kit/database/scratch/open-scratch-server.ts';
import { seededProperty } from '../harness/property.ts';
import { createRandom } from '../reverse/random-schema/random.ts';
import { changeAtRandom } from '../reverse/random-schema.ts';
import { useScratch } from '../reverse/use-scratch-server.ts';

const scratch = useScratch();
const property = seededProperty(6, { secondsPerRun: 20 });

test('what pg-delta is not told of changes nothing of what it says', {
	timeout: property.timeout,
}, async () => {
	await property.check(async (seed) => {
		const database = await scratch.database(INTRICATE);
		await changeAtRandom(database, createRandom(seed), 20);
		expect(list(await extractFacts(database.pool())), `seed ${seed}`).toEqual(await extractWhole(database));
		await database.drop();
	});
});

/** Much of what depends on PostgreSQL's own things, on an extension's, or by way of an array. */
const INTRICATE = [
	'CREATE EXTENSION pg_trgm',
	'CREATE VIEW own AS SELECT table_name FROM information_schema.tables JOIN pg_class ON relname = table_name',
	"CREATE TYPE state AS ENUM ('on'); CREATE DOMAIN ids AS int[]; CREATE DOMAIN states AS state[]",
	'CREATE TYPE pair AS (a states, b information_schema.sql_identifier)',
	"CREATE TABLE things (id serial PRIMARY KEY, s state[], i ids, p pair, n text DEFAULT upper('a'), EXCLUDE USING gist (n gist_trgm_ops WITH =))",
	'CREATE FUNCTION f(things[]) RETURNS pair LANGUAGE sql RETURN NULL::pair; CREATE AGGREGATE total (int) (sfunc = int4pl, stype = int)',
	'CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$; CREATE TRIGGER t BEFORE UPDATE ON things EXECUTE FUNCTION g()',
];

async function extractWhole(database: ScratchDatabase) {
	return list((await extract(database.pool())).factBase);
}

function list(base: FactBase) {
	const facts = base.facts().map(({ id, parent, payload }) => ({ id, parent, payload }));
	return [facts, base.edges].map((items) => items.map((item) => JSON.stringify(item)).sort());
}
