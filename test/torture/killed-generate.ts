import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectSuccess } from './all-at-once.ts';
import { countRounds, type Torture } from './scenario.ts';

const schema = (columns: string) =>
	`import { integer, pgTable, text } from 'drizzle-orm/pg-core';\nexport const t = pgTable('t', { id: integer().primaryKey(), ${columns} });\n`;

/** `generate` is killed at random instants: journal entry, SQL, way back and snapshot are there together, or none of them. */
export async function killGenerate(torture: Torture): Promise<void> {
	const { stage, server } = torture;
	const config = { dialect: 'postgresql', schema: './schema.ts', out: './drizzle' };
	const origin = stage.makeProject('generate', {
		'drizzle.config.json': JSON.stringify(config),
		'schema.ts': schema('a: text()'),
	});
	const { url } = await server.makeDatabase();
	expectSuccess(
		torture,
		[await stage.start(['generate', '--name', 'init'], { cwd: origin, url }).ended],
		'the first generate',
	);
	stage.makeProject('generate', { 'schema.ts': schema('a: text(), b: integer()') });
	const lap: Lap = { origin, url, typical: 3_000 };
	const rounds = countRounds(torture);
	// It waits for servers half of the time: two at once are no slower each.
	await Promise.all([1, 2].map((lane) => killInLane(torture, rounds, { lap, lane })));
}

interface Lap {
	readonly origin: string;
	readonly url: string;
	/** How long `generate` took the last time. Milliseconds. */
	typical: number;
}

/** Killed up to four times in one folder before it may finish: what a run left must not be in the way of the next. */
async function killInLane(
	torture: Torture,
	rounds: Generator<number>,
	{ lap, lane }: { readonly lap: Lap; readonly lane: number },
): Promise<void> {
	const { stage, tally, random } = torture;
	const cwd = join(stage.folder, `generate-${lane}`);
	for (const round of rounds) {
		const before = tally.failures.length;
		if (!existsSync(cwd)) cpSync(lap.origin, cwd, { recursive: true });
		await killOnce(torture, lap, { cwd, round });
		const isThere = countEntries(cwd) === 2;
		if (isThere || random.below(4) === 0) {
			await finish(torture, lap, { cwd, round });
			rmSync(cwd, { recursive: true, force: true });
		}
		if (tally.failures.length === before) tally.survived += 1;
	}
	if (existsSync(cwd)) await finish(torture, lap, { cwd, round: -1 });
}

interface Place {
	readonly cwd: string;
	readonly round: number;
}

async function killOnce(torture: Torture, { url, typical }: Lap, { cwd, round }: Place): Promise<void> {
	const { stage, random, tally } = torture;
	const running = stage.start(['generate', '--name', 'next'], { cwd, url });
	// The files are written at the end: half of the kills aim there.
	if (round % 2 === 0) await sleep(random.below(typical));
	else await awaitFile(cwd, random.below(3), running.ended);
	running.child.kill(random.pick(['SIGKILL', 'SIGKILL', 'SIGINT'] as const));
	tally.kills += 1;
	tally.processes += 1;
	await running.ended;
	judgeFolder(torture, cwd, `round ${round}`);
}

async function finish(torture: Torture, lap: Lap, { cwd, round }: Place): Promise<void> {
	const started = performance.now();
	const next = await torture.stage.start(['generate', '--name', 'next'], { cwd, url: lap.url }).ended;
	// Where there was nothing left to do it is quicker than what is to be killed.
	lap.typical = Math.max(performance.now() - started, lap.typical * 0.8);
	torture.tally.processes += 1;
	expectSuccess(torture, [next], `round ${round}: the generate after it`);
	judgeFolder(torture, cwd, `round ${round}: in the end`, 2);
}

/** Until something in the folder moves, and then a little. */
async function awaitFile(cwd: string, milliseconds: number, ended: Promise<unknown>): Promise<void> {
	let isOver = false;
	void ended.then(() => {
		isOver = true;
	});
	const listing = () => readdirSync(join(cwd, 'drizzle'), { recursive: true }).length;
	const count = listing();
	while (!isOver && listing() === count) await sleep(1);
	await sleep(milliseconds);
}

function countEntries(cwd: string): number {
	const journal = readFileSync(join(cwd, 'drizzle/meta/_journal.json'), 'utf8');
	return (JSON.parse(journal) as { entries: unknown[] }).entries.length;
}

function judgeFolder({ tally }: Torture, cwd: string, name: string, expected?: number): void {
	const folder = join(cwd, 'drizzle');
	const { entries } = JSON.parse(readFileSync(join(folder, 'meta/_journal.json'), 'utf8')) as {
		entries: { tag: string }[];
	};
	if (expected !== undefined && entries.length !== expected)
		tally.failures.push(`${name}: the journal has ${entries.length} entries`);
	const wanted = entries.flatMap(({ tag }) => [
		`${tag}.sql`,
		`${tag}.down.sql`,
		`meta/${tag.slice(0, 4)}_snapshot.json`,
	]);
	const missing = wanted.filter((file) => !existsSync(join(folder, file)));
	const found = readdirSync(folder, { recursive: true })
		.map(String)
		.filter((file) => /\.(?:sql|json)$/.test(file));
	const stray = found.filter((file) => !wanted.includes(file) && file !== 'meta/_journal.json');
	if (missing.length + (expected === undefined ? 0 : stray.length) > 0)
		tally.failures.push(
			`${name}: missing ${missing.join(', ') || 'nothing'}, too many ${stray.join(', ') || 'nothing'}`,
		);
}
