import { expect } from 'vitest';
import { reverseMigration } from '../../src/kit/reverse/reverse-migration.ts';
import type { TestDatabase } from '../harness/test-database.ts';
import type { Scratch } from '../reverse/use-scratch-server.ts';
import { aKeptProject, readRows } from './a-kept-project.ts';

/** A migration, with the schema before it and rows in that schema. */
export interface Change {
	readonly before: readonly string[];
	readonly seed: readonly string[];
	readonly up: readonly string[];
	/** More migrations on top of it. */
	readonly later?: readonly (readonly string[])[];
	/** Rows for what the migrations have made. */
	readonly fill?: readonly string[];
	/** Asked with the rows. */
	readonly ask?: string;
}

const breakpoint = '\n--> statement-breakpoint\n';

/**
 * Makes the way back as `generate` does, and goes forth, back, forth and back again: every row is to be as it was, on both sides.
 */
export async function goThereAndBack(
	database: TestDatabase,
	scratch: Scratch,
	{ before, seed, up, later = [], fill = [], ask }: Change,
): Promise<void> {
	const ups = [up, ...later].map((statements) => statements.join(breakpoint));
	const app = aKeptProject(database, [{ tag: '0000_init', up: before.join(breakpoint) }]);
	const made = [...before];
	for (const [place, upSql] of ups.entries()) {
		const start = await scratch.database(made);
		const tag = `000${place + 1}_lossy`;
		const { down, after } = await reverseMigration({ before: start, upSql, tag });
		await after.drop();
		await start.drop();
		const { loses, reversibility } = down;
		app.project.add({ tag, up: upSql, down: down.statements.join(breakpoint), loses, reversibility });
		made.push(...upSql.split(breakpoint));
	}
	await app.migrate({ target: '0000' });
	for (const statement of seed) await database.query(statement);
	const look = async () => [await readRows(database), ask && (await database.query(ask).catch(() => 'gone'))];
	const first = await look();
	const old = await listColumns(database);
	await app.migrate();
	for (const statement of fill) await database.query(statement);
	await fillNew(database, new Set(old.map(({ place }) => place)));
	const second = await look();
	for (const _ of [1, 2]) {
		await app.rollback('0000');
		expect(await look(), 'after the rollback').toEqual(first);
		await app.migrate();
		expect(await look(), 'after the migrate').toEqual(second);
	}
	await app.rollback('0000');
	expect(await look(), 'after the last rollback').toEqual(first);
	expect(await readKeptFrom(database, 'apply')).toEqual([]);
}

async function readKeptFrom(database: TestDatabase, direction: string) {
	const [row] = await database.query(`SELECT to_regclass('drizzle_kept.kept') IS NOT NULL AS found`);
	return row?.found
		? await database.query(`SELECT subject FROM drizzle_kept.kept WHERE direction = '${direction}'`)
		: [];
}

/** Gives new columns of text and integers something that could be lost, where nothing stands in the way. */
async function fillNew(database: TestDatabase, old: ReadonlySet<string>): Promise<void> {
	for (const { place, relation, name, type } of await listColumns(database)) {
		if (old.has(place) || (type !== 'text' && type !== 'integer')) continue;
		await database
			.query(`UPDATE ${relation} SET ${name} = ${type === 'text' ? "'filled'" : '7'} WHERE ${name} IS NULL`)
			.catch(() => undefined);
	}
}

/** Columns by the numbers that they keep when they are renamed or moved. */
async function listColumns(database: TestDatabase) {
	return await database.query<{ place: string; relation: string; name: string; type: string }>(
		`SELECT concat(c.oid, ' ', a.attnum) AS place, format('%I.%I', n.nspname, c.relname) AS relation, quote_ident(a.attname) AS name, format_type(a.atttypid, NULL) AS type
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attidentity = ''
			AND n.nspname NOT IN ('drizzle', 'drizzle_kept', 'information_schema') AND n.nspname !~ '^pg_'`,
	);
}
