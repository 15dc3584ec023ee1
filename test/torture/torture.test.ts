import { expect, test } from 'vitest';
import { runTorture } from './run-torture.ts';

test('runs survive each other, kills, odd input and a reader in the way', async () => {
	const tallies = await runTorture({
		rounds: 4,
		inputs: 300,
		milliseconds: 50_000,
		seed: 7,
		only: ['all at once', 'killed', 'waiting reader', 'fuzzed files', 'fuzzed SQL'],
		processes: 6,
	});
	expect([...tallies].flatMap(([name, { failures }]) => failures.map((each) => `${name}: ${each}`))).toEqual(
		[],
	);
	const all = [...tallies.values()];
	expect(all.reduce((sum, { rowsLost, doubleApplications }) => sum + rowsLost + doubleApplications, 0)).toBe(
		0,
	);
	expect([...tallies].filter(([, { rounds }]) => rounds === 0).map(([name]) => name)).toEqual([]);
}, 300_000);
