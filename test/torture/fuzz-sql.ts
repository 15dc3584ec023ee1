import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { migrate } from '../../src/kit/commands/migrate.ts';
import { CompanionError } from '../../src/kit/errors.ts';
import { mutateText } from './mutate.ts';
import { countRounds, type Torture } from './scenario.ts';
import { withLimit } from './with-limit.ts';

const sound = [
	`CREATE TABLE "t" ("id" serial PRIMARY KEY, "w" text DEFAULT 'a;b' NOT NULL);\n--> statement-breakpoint\nCREATE INDEX "i" ON "t" ("w");\n--> statement-breakpoint\nINSERT INTO "t" ("w") VALUES ('--> statement-breakpoint'), ($$x;$$);\n`,
	`-- companion: no-transaction\nCREATE TABLE u (n int);\nINSERT INTO u VALUES (1);\nCREATE INDEX CONCURRENTLY c ON u (n);\nVACUUM u;\n`,
	`BEGIN;\nCREATE TABLE u (n int);\nCOMMIT;\nDO $a$ BEGIN PERFORM 1; END $a$;\n`,
	`CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN RETURN 1; /* ; */ END $body$;\nCREATE VIEW v AS SELECT f() AS "a""b";\nSET search_path = nowhere;\n`,
];

/** A migration's SQL is mutated and run on a real server: it is applied and recorded, or nothing of it is there and an error with a code says why. */
export async function fuzzSql(torture: Torture): Promise<void> {
	const { stage, server, random, tally } = torture;
	const database = await server.makeDatabase();
	const client = new pg.Client({ connectionString: database.url });
	await client.connect();
	const entries = [{ idx: 0, version: '7', when: 1_795_354_683_091, tag: '0000_x', breakpoints: true }];
	const cwd = stage.makeProject('fuzz-sql', {
		'drizzle/meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
	});
	const options = { cwd, folder: join(cwd, 'drizzle'), url: database.url };
	for (const round of countRounds(torture)) {
		const sql = mutateText(random.pick(sound), random);
		writeFileSync(join(cwd, 'drizzle/0000_x.sql'), sql);
		await client.query(
			'DROP SCHEMA IF EXISTS drizzle CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public',
		);
		const outcome = await withLimit(
			migrate(options).then(
				() => 'applied' as const,
				(error: unknown) => error,
			),
		);
		const rows = await countRows(client);
		const complaint = judge(outcome, rows);
		if (complaint !== undefined) tally.failures.push(`round ${round}: ${complaint}: ${JSON.stringify(sql)}`);
		tally.inputs += 1;
	}
	await client.end();
}

function judge(outcome: unknown, { ledger, made }: { ledger: number; made: number }): string | undefined {
	if (outcome === 'hung') return 'it hung';
	if (outcome === 'applied')
		return ledger === 1 ? undefined : `applied, and ${ledger} rows are in the ledger`;
	if (!(outcome instanceof CompanionError))
		return `no code: ${(outcome as Error).stack?.split('\n').slice(0, 3).join(' | ')}`;
	if (ledger !== 0) return `${outcome.code}, and ${ledger} rows are in the ledger`;
	return made > 0 && outcome.details.keptStatements === undefined
		? `${outcome.code}, and ${made} things were made`
		: undefined;
}

async function countRows(client: pg.Client): Promise<{ ledger: number; made: number }> {
	const [{ found } = { found: null }] = (
		await client.query(`SELECT to_regclass('drizzle.__drizzle_migrations') AS found`)
	).rows;
	const { rows: made } = await client.query(
		`SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace`,
	);
	const ledger =
		found === null
			? 0
			: (await client.query('SELECT count(*)::int AS n FROM drizzle.__drizzle_migrations')).rows[0].n;
	return { ledger, made: made[0].n };
}
