// Walks through a history as `verify` or `reverse --all` does, and says what a migration costs around a place in it: the median of eleven.
import { reverse, verify } from '../../dist/index.js';

const [command, cwd, place] = process.argv.slice(2);
const ended = [];
const note = () => ended.push(performance.now());
await (command === 'verify'
	? verify({ cwd, onVerified: note })
	: reverse({ cwd, all: true, onReversed: note }));
const around = ended.slice(Number(place) - 6, Number(place) + 6);
const costs = around.slice(1).map((time, index) => time - around[index]);
costs.sort((a, b) => a - b);
process.stderr.write(`bench: ${costs[Math.floor(costs.length / 2)]} ms\n`);
