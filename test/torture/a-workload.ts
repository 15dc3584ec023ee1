import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import { writeDownFile } from '../../src/kit/journal/write-down-file.ts';
import type { Database } from './a-server.ts';

/** How many rows the first migration writes. */
export const items = 500;

interface Work {
	readonly tag: string;
	readonly up: string;
	readonly down: string;
	/** How many times its effect is there: 0 or 1 where all is well. */
	readonly count: string;
	/** True: it runs outside a transaction, and its effect may be there before its row. */
	readonly isLoose?: boolean;
}

const data = (n: number) => `(SELECT count(*) FROM work WHERE n = ${n})`;

/** Each migration leaves exactly one trace, of which too many or too few can be counted. */
const works: readonly Work[] = [
	{
		tag: '0000_init',
		up: `CREATE TABLE work (n int);\n--> statement-breakpoint\nCREATE TABLE items (id int PRIMARY KEY, w text);\n--> statement-breakpoint\nINSERT INTO items SELECT i, 'word ' || i FROM generate_series(1, ${items}) i;\n--> statement-breakpoint\nINSERT INTO work VALUES (0);`,
		down: 'DROP TABLE items;\n--> statement-breakpoint\nDROP TABLE work;',
		count: data(0),
	},
	{
		tag: '0001_data',
		up: 'SELECT pg_sleep(0.02); INSERT INTO work VALUES (1);',
		down: 'DELETE FROM work WHERE n = 1;',
		count: data(1),
	},
	{
		tag: '0002_index',
		up: 'CREATE INDEX CONCURRENTLY items_w ON items (w);',
		down: 'DROP INDEX CONCURRENTLY items_w;',
		count: `(SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('items_w') AND indisvalid)`,
		isLoose: true,
	},
	{
		tag: '0003_column',
		up: 'ALTER TABLE items ADD COLUMN c int DEFAULT 3;\n--> statement-breakpoint\nSELECT pg_sleep(0.03);\n--> statement-breakpoint\nINSERT INTO work VALUES (3);',
		down: 'ALTER TABLE items DROP COLUMN c;\n--> statement-breakpoint\nDELETE FROM work WHERE n = 3;',
		count: data(3),
	},
	{
		tag: '0004_more',
		up: 'CREATE TABLE more ();\n--> statement-breakpoint\nINSERT INTO work VALUES (4);',
		down: 'DROP TABLE more;\n--> statement-breakpoint\nDELETE FROM work WHERE n = 4;',
		count: data(4),
	},
];

const firstWhen = 1_795_354_683_091;
export const head = works.length;

/** The project's files. */
export function writeWorkload(): Readonly<Record<string, string>> {
	const entries = works.map(({ tag }, idx) => ({
		idx,
		version: '7',
		when: firstWhen + idx * 1_000,
		tag,
		breakpoints: true,
	}));
	const files: Record<string, string> = {
		'drizzle.config.json': JSON.stringify({
			dialect: 'postgresql',
			schema: './schema.ts',
			out: './drizzle',
			dbCredentials: { url: 'unused' },
		}),
		'drizzle/meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
	};
	for (const { tag, up, down } of works) {
		files[`drizzle/${tag}.sql`] = up;
		files[`drizzle/${tag}.down.sql`] = writeDownFile({
			tag,
			statements: [down],
			reversibility: 'lossless',
			loses: [],
			upChecksum: computeChecksum(up),
			serverVersion: '18.4',
		});
		files[`drizzle/meta/${tag.slice(0, 4)}_snapshot.json`] = '{}';
	}
	return files;
}

/** What is found in a database. */
export interface Finding {
	readonly position: number;
	/** Where ledger and catalog disagree; one sentence each. */
	readonly disagreements: readonly string[];
	readonly doubles: number;
	readonly lost: number;
}

/** Holds the ledger against what is there. */
export async function inspectWorkload(database: Database): Promise<Finding> {
	const applied = await readApplied(database);
	const isMade = await isThere(database, 'work');
	const disagreements: string[] = [];
	let doubles = 0;
	for (const [index, { tag, count, isLoose }] of works.entries()) {
		const rows = applied.filter((when) => when === firstWhen + index * 1_000).length;
		const times = isMade ? await readNumber(database, count) : 0;
		doubles += Math.max(0, times - 1, rows - 1);
		const mayDiffer = isLoose === true && rows <= 1;
		if (rows !== times && !mayDiffer)
			disagreements.push(`${tag} is ${rows} times in the ledger and ${times} times in the database`);
	}
	const lost =
		applied.length > 0 && isMade ? items - (await readNumber(database, '(SELECT count(*) FROM items)')) : 0;
	return { position: new Set(applied).size, disagreements, doubles, lost };
}

async function readApplied(database: Database): Promise<readonly number[]> {
	if (!(await isThere(database, 'drizzle.__drizzle_migrations'))) return [];
	const rows = await database.query('SELECT created_at FROM drizzle.__drizzle_migrations');
	return rows.map(({ created_at }) => Number(created_at));
}

async function isThere(database: Database, name: string): Promise<boolean> {
	const [row] = await database.query(`SELECT to_regclass('${name}') IS NOT NULL AS found`);
	return row?.found === true;
}

async function readNumber(database: Database, expression: string): Promise<number> {
	const [row] = await database.query(`SELECT ${expression} AS number`);
	return Number(row?.number);
}
