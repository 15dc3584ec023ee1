import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countRounds, type Torture } from './scenario.ts';

interface Oddity {
	readonly name: string;
	readonly tag?: string;
	readonly sql: string | Buffer;
	/** What the command line must end with: 0, or an error with this code. */
	readonly ends: 0 | RegExp;
}

const name63 = 'n'.repeat(70);

/** Files and names that nobody should write, one process each: applied, or refused with a code; never a stack, never a hang. */
export async function tryOddities(torture: Torture): Promise<void> {
	const { stage, server, tally } = torture;
	const oddities = listOddities();
	for (const round of countRounds({ ...torture, rounds: Math.min(torture.rounds, oddities.length) })) {
		const oddity = oddities[round] as Oddity;
		const tag = oddity.tag ?? '0000_x';
		const entries = [{ idx: 0, version: '7', when: 1_795_354_683_091, tag, breakpoints: true }];
		const cwd = stage.makeProject(`odd-${round}`, {
			'drizzle.config.json': JSON.stringify({
				dialect: 'postgresql',
				schema: './schema.ts',
				out: './drizzle',
			}),
			'drizzle/meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
		});
		if (!tag.includes('/')) writeFileSync(join(cwd, 'drizzle', `${tag}.sql`), oddity.sql);
		const database = await server.makeDatabase();
		const result = await stage.start(['migrate'], { cwd, url: database.url, limit: 300_000 }).ended;
		tally.processes += 1;
		tally.inputs += 1;
		const isRight =
			oddity.ends === 0 ? result.exitCode === 0 : result.exitCode === 1 && oddity.ends.test(result.stderr);
		const hasStack = /UNEXPECTED|\n\s+at /.test(result.stderr);
		if (isRight && !hasStack) tally.survived += 1;
		else
			tally.failures.push(
				`${oddity.name}: ${result.isHung ? 'hung' : `exit ${result.exitCode}`}: ${result.stderr.slice(0, 400)}`,
			);
	}
}

function listOddities(): readonly Oddity[] {
	const big = `CREATE TABLE big (w text);\n${"INSERT INTO big VALUES ('0123456789');\n".repeat(2_700_000)}`;
	return [
		{ name: 'a tag that leaves the folder', tag: '../../etc/passwd', sql: '', ends: /JOURNAL_INVALID/ },
		{ name: 'a tag with quotes', tag: `0000_a'b"c;--$$`, sql: 'SELECT 1;', ends: 0 },
		{ name: 'a tag beyond ASCII', tag: '0000_名前😀', sql: 'SELECT 1;', ends: 0 },
		{ name: 'a long tag', tag: `0000_${'x'.repeat(200)}`, sql: 'SELECT 1;', ends: 0 },
		{ name: 'a binary file', sql: randomBytes(100_000), ends: /STATEMENT_FAILED/ },
		{ name: 'a file of zeros', sql: Buffer.alloc(1_000), ends: /STATEMENT_FAILED/ },
		{ name: 'UTF-16', sql: Buffer.from('CREATE TABLE t ();', 'utf16le'), ends: /STATEMENT_FAILED/ },
		{ name: 'Latin-1', sql: Buffer.from("SELECT 'é';", 'latin1'), ends: 0 },
		{
			name: 'names that want to break out',
			sql: `CREATE SCHEMA "s"";--";\nCREATE TABLE "s"";--"."t'$$" ("c;" int);\nCREATE TABLE "${name63}" ();`,
			ends: 0,
		},
		{
			name: 'breakpoints in a string and in a comment',
			sql: "CREATE TABLE t (w text DEFAULT 'a --> statement-breakpoint b');\n/* --> statement-breakpoint\n*/ SELECT 1;",
			ends: 0,
		},
		{ name: 'an open dollar quote', sql: 'SELECT $$ open', ends: /STATEMENT_FAILED/ },
		{
			name: 'COMMIT in the middle',
			sql: 'CREATE TABLE a (); COMMIT; CREATE TABLE b (); SELECT 1/0;',
			ends: /STATEMENT_FAILED/,
		},
		{ name: 'a lone ROLLBACK', sql: 'CREATE TABLE a (); ROLLBACK;', ends: 0 },
		{ name: 'COPY from stdin', sql: 'CREATE TABLE a (n int); COPY a FROM stdin;\n1\n\\.\n', ends: /error\[/ },
		{ name: 'COPY to stdout', sql: 'CREATE TABLE a (n int); COPY a TO stdout;', ends: 0 },
		{ name: 'psql commands', sql: '\\set x 1\nSELECT :x;', ends: /STATEMENT_FAILED/ },
		{ name: 'fifty thousand statements', sql: 'SELECT 1;\n'.repeat(50_000), ends: 0 },
		{
			name: 'deep brackets',
			sql: `SELECT ${'('.repeat(20_000)}1${')'.repeat(20_000)};`,
			ends: /STATEMENT_FAILED/,
		},
		{
			name: 'a connection that it ends itself',
			sql: 'SELECT pg_terminate_backend(pg_backend_pid());',
			ends: /error\[/,
		},
		{ name: '100 MB of SQL', sql: big, ends: 0 },
	];
}
