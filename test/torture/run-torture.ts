import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTortureServer } from './a-server.ts';
import { migrateAtOnce, oppose } from './all-at-once.ts';
import { fuzzFiles } from './fuzz.ts';
import { fuzzProject } from './fuzz-project.ts';
import { fuzzSql } from './fuzz-sql.ts';
import { killAnywhere } from './killed.ts';
import { killGenerate } from './killed-generate.ts';
import { tryOddities } from './oddities.ts';
import { seedRandomness } from './randomness.ts';
import type { Scenario } from './scenario.ts';
import { openStage, type Stage } from './stage.ts';
import { createTally, type Tally } from './tally.ts';
import { measureReader } from './waiting-reader.ts';

export interface TortureOptions {
	/** How often each scenario is played; some are shorter or longer than others and take a share of it. */
	readonly rounds: number;
	/** How many inputs the fuzzer of files tries; that of SQL, which needs a server, a twentieth, that of whole projects a fiftieth. */
	readonly inputs: number;
	/** For all scenarios together. A scenario stops at its share of what is left of it, although rounds are left. */
	readonly milliseconds: number;
	readonly seed: number;
	/** Names of scenarios; empty: all. */
	readonly only: readonly string[];
	/** Processes at once. Default 16. */
	readonly processes?: number;
	readonly onScenario?: (name: string) => void;
}

interface Act {
	readonly play: Scenario;
	readonly rounds: number;
	/** Of the time. */
	readonly share: number;
}

function listActs({ rounds, inputs, processes = 16 }: TortureOptions): Readonly<Record<string, Act>> {
	const part = (fraction: number) => Math.max(1, Math.ceil(rounds * fraction));
	return {
		'all at once': { play: (each) => migrateAtOnce(each, { processes }), rounds: part(1), share: 0.3 },
		'back and forth': {
			play: (each) => oppose(each, { processes: Math.ceil(processes / 2) }),
			rounds: part(0.2),
			share: 0.1,
		},
		killed: { play: killAnywhere, rounds: part(3), share: 0.25 },
		'killed generate': { play: killGenerate, rounds: part(1.2), share: 0.2 },
		'waiting reader': { play: measureReader, rounds: part(0.06), share: 0.05 },
		oddities: { play: tryOddities, rounds: part(1), share: 0.05 },
		'fuzzed SQL': { play: fuzzSql, rounds: Math.ceil(inputs / 20), share: 0.05 },
		'fuzzed project': { play: fuzzProject, rounds: Math.ceil(inputs / 50), share: 0.1 },
		'fuzzed files': { play: fuzzFiles, rounds: inputs, share: 0.1 },
	};
}

export const scenarioNames = Object.keys(
	listActs({ rounds: 1, inputs: 1, milliseconds: 1, seed: 1, only: [] }),
);

/** Plays the scenarios one after the other, each on a server of its own. Gives what each counted. */
export async function runTorture(options: TortureOptions): Promise<ReadonlyMap<string, Tally>> {
	const chosen = Object.entries(listActs(options)).filter(
		([name]) => options.only.length === 0 || options.only.includes(name),
	);
	const tallies = new Map<string, Tally>();
	const stage = await openStage();
	try {
		const end = performance.now() + options.milliseconds;
		let shares = chosen.reduce((sum, [, { share }]) => sum + share, 0);
		for (const [name, act] of chosen) {
			options.onScenario?.(name);
			const tally = createTally();
			tallies.set(name, tally);
			await playAct(stage, act, {
				tally,
				seed: options.seed,
				// What those before it left over, it may use.
				milliseconds: ((end - performance.now()) * act.share) / shares,
			});
			shares -= act.share;
		}
	} finally {
		stage.remove();
	}
	return tallies;
}

interface ActOptions {
	readonly tally: Tally;
	readonly seed: number;
	readonly milliseconds: number;
}

async function playAct(
	stage: Stage,
	{ play, rounds }: Act,
	{ tally, seed, milliseconds }: ActOptions,
): Promise<void> {
	const folder = mkdtempSync(join(tmpdir(), 'companion-torture-server-'));
	const server = await startTortureServer(folder);
	try {
		const deadline = performance.now() + milliseconds;
		await play({ stage, server, random: seedRandomness(seed), tally, rounds, deadline });
	} catch (error) {
		tally.failures.push(`the scenario broke: ${(error as Error).stack ?? String(error)}`);
	} finally {
		await server.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}
