import { parseArgs } from 'node:util';
import { runTorture, scenarioNames } from './run-torture.ts';
import { renderTallies } from './tally.ts';

const { values } = parseArgs({
	options: {
		rounds: { type: 'string', default: '50' },
		inputs: { type: 'string', default: '10000' },
		minutes: { type: 'string', default: '15' },
		seed: { type: 'string', default: String(Date.now() % 100_000) },
		only: { type: 'string', multiple: true, default: [] },
	},
});

process.stderr.write(`seed ${values.seed}; scenarios: ${scenarioNames.join(', ')}\n`);
const tallies = await runTorture({
	rounds: Number(values.rounds),
	inputs: Number(values.inputs),
	milliseconds: Number(values.minutes) * 60_000,
	seed: Number(values.seed),
	only: values.only,
	onScenario: (name) => process.stderr.write(`${name} …\n`),
});
process.stdout.write(`${renderTallies(tallies)}\n`);
process.exitCode = [...tallies.values()].some(({ failures }) => failures.length > 0) ? 1 : 0;
