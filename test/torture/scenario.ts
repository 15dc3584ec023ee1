import type { TortureServer } from './a-server.ts';
import type { Randomness } from './randomness.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

/** What every scenario works with. */
export interface Torture {
	readonly stage: Stage;
	readonly server: TortureServer;
	readonly random: Randomness;
	readonly tally: Tally;
	/** How often. */
	readonly rounds: number;
	/** When to stop although rounds are left; compared with `performance.now()`. */
	readonly deadline: number;
}

export type Scenario = (torture: Torture) => Promise<void>;

/** The rounds that are left while there is time; the first one always. */
export function* countRounds({ rounds, deadline, tally }: Torture): Generator<number> {
	for (let round = 0; round < rounds && (round === 0 || performance.now() < deadline); round += 1) {
		yield round;
		tally.rounds += 1;
	}
}
