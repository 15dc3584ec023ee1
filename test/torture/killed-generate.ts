import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectSuccess } from './all-at-once.ts';
import { countRounds, type Torture } from './scenario.ts';

const schema = (columns: string) =>
	`import { integer, pgTable, text } from 'drizzle-orm/pg-core';\nexport const t = pgTable('t', { id: integer().primaryKey(), ${columns} });\n`;

/** `generate` is killed at random instants: journal entry, SQL, way back and snapshot are there together, or none of them. */
export async function killGenerate(torture: Torture): Promise<void> {
	const { stage, server, random, tally } = torture;
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
	let typical = 4_000;
	for (const round of countRounds(torture)) {
		const cwd = join(stage.folder, `generate-${round}`);
		cpSync(origin, cwd, { recursive: true });
		const running = stage.start(['generate', '--name', 'next'], { cwd, url });
		// The files are written at the end: half of the kills aim there.
		if (round % 2 === 0) await sleep(random.below(typical));
		else await awaitFile(cwd, random.below(3), running.ended);
		running.child.kill(random.pick(['SIGKILL', 'SIGKILL', 'SIGINT'] as const));
		tally.kills += 1;
		tally.processes += 2;
		await running.ended;
		const before = tally.failures.length;
		judgeFolder(torture, cwd, `round ${round}`);
		const started = performance.now();
		const next = await stage.start(['generate', '--name', 'next'], { cwd, url }).ended;
		typical = performance.now() - started;
		expectSuccess(torture, [next], `round ${round}: the generate after it`);
		judgeFolder(torture, cwd, `round ${round}: in the end`, 2);
		if (tally.failures.length === before) tally.survived += 1;
		rmSync(cwd, { recursive: true, force: true });
	}
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
