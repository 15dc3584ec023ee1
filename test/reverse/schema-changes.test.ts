import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeObjectDifferences } from '../../src/kit/catalog/compare-catalogs.ts';
import { readObjects } from '../../src/kit/catalog/read-catalog.ts';
import type { ScratchDatabase } from '../../src/kit/database/scratch/open-scratch-server.ts';
import type { Loss } from '../../src/kit/journal/migration.ts';
import { reverseMigration } from '../../src/kit/reverse/reverse-migration.ts';
import { MigrationSqlFailed, runMigrationSql } from '../../src/kit/reverse/run-migration-sql.ts';
import { useScratch } from './use-scratch-server.ts';

/** A change of a Drizzle schema, with what drizzle-kit made of it. */
interface SchemaChange {
	readonly id: string;
	readonly name: string;
	readonly roles: readonly string[];
	readonly pre: readonly string[];
	readonly base: readonly string[];
	readonly pre2: readonly string[];
	readonly seed: readonly string[];
	readonly up: readonly string[];
	readonly drizzle: { readonly up: string };
}

interface ExpectedLosses {
	readonly reversibility: string;
	readonly loses: readonly string[];
}

const changes: readonly SchemaChange[] = readJson('schema-changes.json');
const expected: Readonly<Record<string, ExpectedLosses>> = readJson('expected-losses.json');
const running = changes.filter(({ id, up }) => up.length > 0 && expected[id] !== undefined);
const scratch = useScratch();

describe('a schema change whose up runs', () => {
	test.each(running.map((change) => [change.id, change.name, change] as const))(
		'%s (%s) goes back to what it was, with every row that is not declared lost',
		async (id, _name, change) => {
			if (isTooNew(change)) return;
			const statements = [...change.pre, ...change.base, ...change.pre2];
			const before = await scratch.database(statements);
			const upSql = change.up.join('\n--> statement-breakpoint\n');
			const { down, after, problems } = await reverseMigration({ before, upSql, tag: id });
			await after.drop();
			expect(problems).toEqual([]);
			expect(down.loses.map(nameLoss).sort()).toEqual(expected[id]?.loses);
			expect(down.reversibility).toBe(expected[id]?.reversibility);
			expect(down.statements.join('\n')).not.toMatch(/\bCASCADE;/);
			if (isSeeded(change)) await goThereAndBack({ database: before, seed: change.seed, upSql, down });
			await before.drop();
			for (const role of change.roles) await scratch.run(`DROP ROLE IF EXISTS ${role}`);
		},
	);
});

describe('a schema change whose up fails', () => {
	test.each(
		changes
			.filter(({ drizzle }) => drizzle.up.startsWith('fails'))
			.map((change) => [change.id, change.name, change] as const),
	)('%s (%s) is refused with the statement, and leaves no database behind', async (id, _name, change) => {
		const before = await scratch.database([...change.pre, ...change.base, ...change.pre2]);
		const upSql = change.up.join('\n--> statement-breakpoint\n');
		await expect(reverseMigration({ before, upSql, tag: id })).rejects.toBeInstanceOf(MigrationSqlFailed);
		await before.drop();
	});
});

function readJson<Content>(name: string): Content {
	return JSON.parse(readFileSync(new URL(`cases/${name}`, import.meta.url), 'utf8')) as Content;
}

function nameLoss({ subject, isLostByUp }: Loss): string {
	return isLostByUp ? `${subject} (up)` : subject;
}

/** What PostgreSQL 15 brought. */
function isTooNew({ up }: SchemaChange): boolean {
	return scratch.majorVersion() < 15 && up.some((statement) => statement.includes('NULLS NOT DISTINCT'));
}

/** Some seeds break what the up demands of the rows: there is nothing to go back from. */
function isSeeded({ id, seed }: SchemaChange): boolean {
	return seed.length > 0 && !['072', '122', '172'].includes(id);
}

async function goThereAndBack({
	database,
	seed,
	upSql,
	down,
}: {
	readonly database: ScratchDatabase;
	readonly seed: readonly string[];
	readonly upSql: string;
	readonly down: { readonly statements: readonly string[]; readonly loses: readonly Loss[] };
}): Promise<void> {
	for (const statement of seed) await database.query(statement);
	const [objects, rows] = [await readObjects(database.pool()), await readRows(database, down.loses)];
	await runMigrationSql(database.pool(), upSql);
	await runMigrationSql(database.pool(), down.statements.join('\n--> statement-breakpoint\n'));
	const differences = await describeObjectDifferences(await readObjects(database.pool()), objects);
	expect(differences.map(({ words }) => words)).toEqual([]);
	expect(await readRows(database, down.loses)).toEqual(rows);
}

/** Every row as text, without what is declared lost. */
async function readRows(database: ScratchDatabase, loses: readonly Loss[]): Promise<unknown> {
	const lostTables = loses
		.filter(({ kind }) => kind === 'table')
		.map(({ schema, table }) => `${schema}.${table}`);
	const lostColumns = loses.flatMap(({ column }) => column ?? []);
	const { rows: tables } = await database.query(`SELECT schemaname, tablename FROM pg_tables
		WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2`);
	const read = tables
		.filter(({ schemaname, tablename }) => !lostTables.includes(`${schemaname}.${tablename}`))
		.map(async ({ schemaname, tablename }) => {
			const { rows } = await database.query(
				`SELECT (to_jsonb(r.*) - $1::text[])::text AS row FROM "${schemaname}"."${tablename}" r ORDER BY 1`,
				[lostColumns],
			);
			return [tablename, rows.map(({ row }) => row)];
		});
	return Promise.all(read);
}
