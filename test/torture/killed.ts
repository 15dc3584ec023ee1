import { setTimeout as sleep } from 'node:timers/promises';
import { awaitQuiet, type Database } from './a-server.ts';
import { head, writeWorkload } from './a-workload.ts';
import { expectSuccess, judge } from './all-at-once.ts';
import { countRounds, type Torture } from './scenario.ts';
import type { RunningProgram } from './stage.ts';

const ways = ['process', 'process', 'backend', 'backend', 'interrupt', 'server'] as const;

/** Commands are killed at random instants: the process, its server process, the whole server; or asked to stop. */
export async function killAnywhere(torture: Torture): Promise<void> {
	const { stage, server, random, tally } = torture;
	const cwd = stage.makeProject('killed', writeWorkload());
	let database = await server.makeDatabase();
	let typical = 1_500;
	for (const round of countRounds(torture)) {
		const isForward = await isAtBase(database);
		const command = isForward
			? random.pick([['migrate'], ['migrate'], ['baseline', '--force', '--yes']])
			: ['rollback', 'base', '--accept-data-loss'];
		const way = random.pick(ways);
		const name = `round ${round}: ${command[0]}, killed: ${way}`;
		const running = stage.start(command, { cwd, url: database.url });
		tally.processes += 1;
		await sleep(random.below(typical));
		await kill(torture, { way, running, database });
		tally.kills += 1;
		const { exitCode, stderr } = await running.ended;
		if (/UNEXPECTED/.test(stderr)) tally.failures.push(`${name}: ${stderr.slice(-600)}`);
		if (way === 'interrupt' && exitCode !== 130 && exitCode !== 0 && exitCode !== undefined)
			tally.failures.push(`${name}: exit ${exitCode}: ${stderr.slice(-400)}`);
		if (way === 'server') database = server.reopen(database);
		await awaitQuiet(database);
		// What a baseline records is not there: it has to be forgotten before ledger and catalog can be compared.
		if (command[0] === 'baseline') {
			await expectAllOrNothing(torture, database, name);
			await database.query('DROP SCHEMA IF EXISTS drizzle CASCADE');
		}
		const isWhole = await judge(torture, database, { name });
		const started = performance.now();
		const next = await stage.start(['migrate'], { cwd, url: database.url }).ended;
		typical = Math.max(typical / 2, Math.min(performance.now() - started, 4_000));
		tally.processes += 1;
		expectSuccess(torture, [next], `${name}: the run after it`);
		if ((await judge(torture, database, { expected: head, name: `${name}: in the end` })) && isWhole)
			tally.survived += 1;
		if (round % 3 === 2) database = await server.makeDatabase();
	}
}

async function isAtBase(database: Database): Promise<boolean> {
	const [row] = await database.query(`SELECT to_regclass('work') IS NULL AS yes`);
	return row?.yes === true;
}

interface Victim {
	readonly way: (typeof ways)[number];
	readonly running: RunningProgram;
	readonly database: Database;
}

async function kill({ server }: Torture, { way, running: { child }, database }: Victim): Promise<void> {
	if (way === 'process') child.kill('SIGKILL');
	if (way === 'interrupt') child.kill('SIGINT');
	if (way === 'server') await server.crash();
	if (way === 'backend')
		await database.query(
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'drizzle-companion'`,
		);
}

/** A baseline is one transaction: it records everything or nothing. */
async function expectAllOrNothing({ tally }: Torture, database: Database, name: string): Promise<void> {
	const [found] = await database.query(
		`SELECT to_regclass('drizzle.__drizzle_migrations') IS NOT NULL AS yes`,
	);
	if (found?.yes !== true) return;
	const [row] = await database.query('SELECT count(*) AS number FROM drizzle.__drizzle_migrations');
	if (![0, head].includes(Number(row?.number)))
		tally.failures.push(`${name}: ${row?.number} of ${head} were recorded`);
}
