// Walks through a history as `verify` or `reverse --all` does, and says what a migration costs around a place in it: the median of eleven.
// A walk takes minutes, so it is made once for a project: the other places are read off the same one.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reverse, verify } from '../../dist/index.js';

const [command, cwd, place] = process.argv.slice(2);
const file = join(cwd, `walk-${command}.json`);
if (!existsSync(file)) writeFileSync(file, JSON.stringify(await walk()));
const ended = JSON.parse(readFileSync(file, 'utf8'));
const around = ended.slice(Number(place) - 6, Number(place) + 6);
const costs = around.slice(1).map((time, index) => time - around[index]);
costs.sort((a, b) => a - b);
process.stderr.write(`bench: ${costs[Math.floor(costs.length / 2)]} ms\n`);

async function walk() {
	const times = [];
	const note = () => times.push(performance.now());
	await (command === 'verify'
		? verify({ cwd, onVerified: note })
		: reverse({ cwd, all: true, onReversed: note }));
	return times;
}
