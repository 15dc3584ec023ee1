import { expect, test } from 'vitest';
import type { Catalog } from '../../src/kit/catalog/catalog.ts';
import { completeBoth } from '../../src/kit/catalog/complete-both.ts';
import { planOwnedStatements } from '../../src/kit/catalog/plan-catalog-change.ts';
import { readCatalog, readObjects } from '../../src/kit/catalog/read-catalog.ts';
import type { ScratchDatabase } from '../../src/kit/database/scratch/open-scratch-server.ts';
import { seededProperty } from '../harness/property.ts';
import { createRandom } from '../reverse/random-schema/random.ts';
import { changeAtRandom } from '../reverse/random-schema.ts';
import { useScratch } from '../reverse/use-scratch-server.ts';

const scratch = useScratch();
const property = seededProperty(6, { secondsPerRun: 20 });

test('what is read for a change plans it as everything would, in both directions', {
	timeout: property.timeout,
}, async () => {
	await property.check(async (seed) => {
		const random = createRandom(seed);
		const before = await scratch.database();
		await changeAtRandom(before, random, 14);
		const after = await before.copy();
		const changes = await changeAtRandom(after, random, 3);
		const [narrow, whole] = [await readNarrowly(before, after), await readWhole(before, after)];
		const label = `seed ${seed}: ${changes.join(' ')}`;
		expect(narrow.facts, label).toBeLessThanOrEqual(whole.facts);
		expect(await narrow.there, label).toEqual(await whole.there);
		expect(await narrow.back, label).toEqual(await whole.back);
		await after.drop();
		await before.drop();
	});
});

test('of hundreds of tables those are read that differ, what uses them, and what that is made of', async () => {
	const database = await scratch.database([
		`DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s (id serial PRIMARY KEY, a text)', i); END LOOP; END $$`,
		'ALTER TABLE t2 ADD COLUMN one integer REFERENCES t1',
		'CREATE VIEW v AS SELECT t3.a FROM t3 JOIN t4 USING (id)',
	]);
	const changed = await database.copy();
	await changed.query("ALTER TABLE t1 ADD COLUMN b text; ALTER TABLE t3 ALTER a SET DEFAULT ''");
	const { catalogs } = await readNarrowly(database, changed);
	expect(catalogs.map(listTables)).toEqual([
		['t1', 't2', 't3', 't4'],
		['t1', 't2', 't3', 't4'],
	]);
});

test('where hundreds of tables differ everything is read', async () => {
	const database = await scratch.database([
		`DO $$ BEGIN FOR i IN 1..300 LOOP EXECUTE format('CREATE TABLE t%s ()', i); END LOOP; END $$`,
	]);
	const changed = await database.copy();
	await changed.query(
		`DO $$ BEGIN FOR i IN 1..250 LOOP EXECUTE format('ALTER TABLE t%s ADD COLUMN a text', i); END LOOP; END $$`,
	);
	const { catalogs } = await readNarrowly(database, changed);
	expect(catalogs.map((catalog) => listTables(catalog).length)).toEqual([300, 300]);
});

async function readNarrowly(before: ScratchDatabase, after: ScratchDatabase) {
	const [actual, expected] = await Promise.all(
		[before, after].map(async (database) => {
			const pool = database.pool();
			return { pool, objects: await readObjects(pool) };
		}),
	);
	if (actual === undefined || expected === undefined) throw new Error('they were read');
	const both = await completeBoth(actual, expected, {});
	return plan([both.actual, both.expected]);
}

async function readWhole(before: ScratchDatabase, after: ScratchDatabase) {
	return plan([await readCatalog(before.pool()), await readCatalog(after.pool())]);
}

function plan(catalogs: readonly [Catalog, Catalog]) {
	const [from, to] = catalogs;
	return {
		catalogs,
		facts: from.facts.facts.length + to.facts.facts.length,
		there: planOrSay(from, to),
		back: planOrSay(to, from),
	};
}

async function planOrSay(from: Catalog, to: Catalog) {
	const statements = await planOwnedStatements(from, to).catch((error: Error) => error.message);
	return typeof statements === 'string' ? statements : statements.map(({ sql }) => sql);
}

function listTables({ facts }: Catalog): readonly string[] {
	return facts.facts.flatMap(({ id }) => (id.kind === 'table' ? [id.name] : [])).sort();
}
