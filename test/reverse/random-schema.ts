import type { ScratchDatabase } from '../../src/kit/database/scratch/open-scratch-server.ts';
import { accessOperations } from './random-schema/access-operations.ts';
import { columnOperations } from './random-schema/column-operations.ts';
import { keyOperations } from './random-schema/key-operations.ts';
import type { Operation } from './random-schema/operation.ts';
import type { Random } from './random-schema/random.ts';
import { readPresent } from './random-schema/read-present.ts';
import { routineOperations } from './random-schema/routine-operations.ts';
import { tableOperations } from './random-schema/table-operations.ts';
import { typeOperations } from './random-schema/type-operations.ts';
import { viewOperations } from './random-schema/view-operations.ts';

/**
 * Changes a database at random, one statement after the other, and gives those that ran, in order. They are fewer than
 * asked for where hardly anything that is tried runs.
 */
export async function changeAtRandom(
	database: ScratchDatabase,
	random: Random,
	count: number,
): Promise<readonly string[]> {
	const done: string[] = [];
	for (let tries = count * 12; tries > 0 && done.length < count; tries--) {
		const statement = pickOperation(random)(await readPresent(database), random);
		if (statement !== undefined && (await runs(database, statement))) done.push(`${statement};`);
	}
	return done;
}

const OPERATIONS = [
	...tableOperations,
	...columnOperations,
	...keyOperations,
	...typeOperations,
	...viewOperations,
	...routineOperations,
	...accessOperations,
];

const TOTAL = OPERATIONS.reduce((sum, [weight]) => sum + weight, 0);

function pickOperation(random: Random): Operation {
	let left = (random.below(1_000_000) / 1_000_000) * TOTAL;
	const chosen = OPERATIONS.find(([weight]) => {
		left -= weight;
		return left < 0;
	});
	return chosen?.[1] ?? (() => undefined);
}

/** Whether PostgreSQL takes it; many of the statements tried cannot run on what is there. */
async function runs(database: ScratchDatabase, statement: string): Promise<boolean> {
	try {
		await database.query(statement);
		return true;
	} catch (error) {
		if ((error as { readonly code?: string }).code === undefined) throw error;
		return false;
	}
}
