import type { Database } from './a-server.ts';
import { head, inspectWorkload, writeWorkload } from './a-workload.ts';
import { countRounds, type Torture } from './scenario.ts';
import type { ProgramResult } from './stage.ts';

/** Many processes migrate one database at the same instant: fresh in one round, with pending work in the next. */
export async function migrateAtOnce(torture: Torture, { processes = 16 } = {}): Promise<void> {
	const { stage, server, tally } = torture;
	const cwd = stage.makeProject('all-at-once', writeWorkload());
	for (const round of countRounds(torture)) {
		const database = await server.makeDatabase();
		if (round % 2 === 1) await stage.start(['migrate', '0000_init'], { cwd, url: database.url }).ended;
		const results = await runAll(
			torture,
			Array.from({ length: processes }, () => ['migrate']),
			{ cwd, database },
		);
		expectSuccess(torture, results, `round ${round}`);
		const applied = results.flatMap(({ stdout }) => stdout.match(/^\S+ applied in /gm) ?? []).length;
		if (applied !== (round % 2 === 1 ? head - 1 : head))
			tally.failures.push(`round ${round}: ${applied} migrations were reported as applied`);
		await judge(torture, database, { expected: head, name: `round ${round}` });
	}
}

/** Ways forward and back at the same time: each runs alone, one after the other. */
export async function oppose(torture: Torture, { processes = 6 } = {}): Promise<void> {
	const { stage, server, random } = torture;
	const cwd = stage.makeProject('oppose', writeWorkload());
	const database = await server.makeDatabase();
	for (const round of countRounds(torture)) {
		const other = random.pick([
			['rollback', 'base', '--accept-data-loss'],
			['rollback', '-1', '--accept-data-loss'],
			['baseline', '0000_init'],
		]);
		const commands = Array.from({ length: processes }, (_, index) => (index % 2 === 0 ? ['migrate'] : other));
		const results = await runAll(torture, commands, { cwd, database });
		for (const [index, result] of results.entries()) {
			if (isRefused(result)) continue;
			expectSuccess(torture, [result], `round ${round}: ${commands[index]?.join(' ')}`);
		}
		await judge(torture, database, { name: `round ${round}` });
		const [last] = await runAll(torture, [['migrate']], { cwd, database });
		expectSuccess(torture, last === undefined ? [] : [last], `round ${round}: the migrate after it`);
		await judge(torture, database, { expected: head, name: `round ${round}, in the end` });
	}
}

/** Where the other was faster, there is nothing to go back to, or what was to be recorded is there already, or not yet. */
function isRefused({ exitCode, stderr }: ProgramResult): boolean {
	return exitCode === 1 && /error\[(?:TARGET_OUT_OF_RANGE|WRONG_DIRECTION|BASELINE_DIFFERS)\]/.test(stderr);
}

interface Place {
	readonly cwd: string;
	readonly database: Database;
}

async function runAll(
	{ stage, tally }: Torture,
	commands: readonly (readonly string[])[],
	{ cwd, database }: Place,
): Promise<readonly ProgramResult[]> {
	tally.processes += commands.length;
	return await Promise.all(
		commands.map((args) => stage.start(args, { cwd, url: database.url, limit: 180_000 }).ended),
	);
}

/** Notes what did not end as it should. */
export function expectSuccess({ tally }: Torture, results: readonly ProgramResult[], name: string): void {
	for (const { exitCode, isHung, stderr } of results.filter(({ exitCode }) => exitCode !== 0))
		tally.failures.push(
			`${name}: ${isHung ? 'hung' : `exit ${exitCode ?? 'by a signal'}`}: ${stderr.split('\n').slice(-6).join(' | ')}`,
		);
}

/** Notes where ledger and catalog disagree. */
export async function judge(
	{ tally }: Torture,
	database: Database,
	{ expected, name }: { readonly expected?: number; readonly name: string },
): Promise<boolean> {
	const { position, disagreements, doubles, lost } = await inspectWorkload(database);
	tally.doubleApplications += doubles;
	tally.rowsLost += lost;
	const wrong = [
		...disagreements,
		...(expected !== undefined && expected !== position ? [`${position} of ${expected} are applied`] : []),
	];
	tally.failures.push(...wrong.map((each) => `${name}: ${each}`));
	return wrong.length + doubles + lost === 0;
}
