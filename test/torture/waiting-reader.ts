import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Database } from './a-server.ts';
import { expectSuccess } from './all-at-once.ts';
import { countRounds, type Torture } from './scenario.ts';

const lockTimeout = 400;

/** What ending the attempt takes, from the timeout to the reader's answer, on a machine that is not busy. Milliseconds. */
const margin = 100;

/** A migration fights for a table that somebody reads for long; meanwhile others read it, and how long they wait is measured. */
export async function measureReader(torture: Torture): Promise<void> {
	const { stage, server, tally } = torture;
	tally.lockTimeout = lockTimeout;
	for (const round of countRounds(torture)) {
		const database = await server.makeDatabase();
		await database.query('CREATE TABLE busy (n int); INSERT INTO busy SELECT generate_series(1, 100)');
		const cwd = stage.makeProject('reader', project(round));
		const long = new pg.Client({ connectionString: database.url });
		await long.connect();
		await long.query('BEGIN; SELECT count(*) FROM busy');
		const quiet = new AbortController();
		const undisturbed = readUntil(database, quiet.signal);
		await sleep(1_500);
		quiet.abort();
		const noise = await undisturbed;
		const running = stage.start(['migrate'], { cwd, url: database.url });
		const stop = new AbortController();
		const reading = readUntil(database, stop.signal);
		await sleep(4_000);
		await long.query('COMMIT');
		await long.end();
		const result = await running.ended;
		stop.abort();
		const worst = await reading;
		tally.processes += 1;
		tally.worstWait = Math.max(tally.worstWait ?? 0, worst);
		tally.undisturbedWait = Math.max(tally.undisturbedWait ?? 0, noise);
		expectSuccess(torture, [result], `round ${round}`);
		const [row] = await database.query('SELECT count(*) AS rows, count(added) AS added FROM busy');
		tally.rowsLost += 100 - Number(row?.rows);
		if (!/trying again/.test(result.stderr)) tally.failures.push(`round ${round}: it never had to try again`);
		if (!/in the way is pid \d+/.test(result.stderr))
			tally.failures.push(`round ${round}: who was in the way is not said`);
		// A busy machine is late by itself, as it was before there was a migration.
		if (worst > lockTimeout + margin + noise)
			tally.failures.push(
				`round ${round}: a reader waited ${worst} ms; undisturbed it waits up to ${noise} ms, and the timeout is ${lockTimeout} ms`,
			);
		else tally.survived += 1;
	}
}

function project(round: number): Readonly<Record<string, string>> {
	const entries = [{ idx: 0, version: '7', when: 1_795_354_683_091, tag: '0000_x', breakpoints: true }];
	return {
		'drizzle.config.ts': `export default { dialect: 'postgresql', schema: './schema.ts', out: './drizzle' };\nexport const companion = { lockTimeout: ${lockTimeout} };\n`,
		'drizzle/meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
		'drizzle/0000_x.sql': `ALTER TABLE busy ADD COLUMN added int DEFAULT ${round};`,
	};
}

/** The longest that one read took, the query itself counted in. Milliseconds. */
async function readUntil(database: Database, signal: AbortSignal): Promise<number> {
	const client = new pg.Client({ connectionString: database.url });
	await client.connect();
	let worst = 0;
	while (!signal.aborted) {
		const started = performance.now();
		await client.query('SELECT count(*) FROM busy');
		worst = Math.max(worst, performance.now() - started);
		await sleep(10);
	}
	await client.end();
	return Math.round(worst);
}
