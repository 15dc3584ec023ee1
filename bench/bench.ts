import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { openBenchServer } from './measure/bench-server.ts';
import { type Figure, measureCase } from './measure/measure-case.ts';
import { renderFigures } from './measure/render-figures.ts';
import { openPeers } from './peers/open-peers.ts';
import { program } from './project/locate-programs.ts';
import { benchCompare } from './suites/compare.ts';
import { benchEmbedded } from './suites/embedded.ts';
import { benchGenerate } from './suites/generate.ts';
import { benchMemory } from './suites/memory.ts';
import { benchMigrate } from './suites/migrate.ts';
import { benchNothingToDo } from './suites/nothing-to-do.ts';
import { benchRollback } from './suites/rollback.ts';
import { benchScale } from './suites/scale.ts';
import type { Suite } from './suites/suite.ts';
import { benchWalk } from './suites/walk.ts';

const suites: Readonly<Record<string, Suite>> = {
	migrate: benchMigrate,
	'nothing-to-do': benchNothingToDo,
	rollback: benchRollback,
	generate: benchGenerate,
	walk: benchWalk,
	compare: benchCompare,
	memory: benchMemory,
	embedded: benchEmbedded,
	scale: benchScale,
};

const usage = `pnpm bench [suite…] [--url <postgres url>] [--runs 7] [--json <file>] [--no-peers]
Suites: ${Object.keys(suites).join(', ')}; default all.
Times ours beside a floor and beside other tools, in turn, and prints medians with their spread. Build first: pnpm build.`;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		url: { type: 'string' },
		runs: { type: 'string', default: '7' },
		json: { type: 'string' },
		'no-peers': { type: 'boolean', default: false },
		help: { type: 'boolean', default: false },
	},
});
const unknown = positionals.filter((name) => !(name in suites));

if (values.help) console.log(usage);
else if (unknown.length > 0 || !(Number(values.runs) >= 1))
	fail(`There is no such suite or number of runs.\n${usage}`);
else if (!existsSync(program.binary)) fail('There is nothing to measure: run pnpm build first.');
else await bench(positionals.length > 0 ? positionals : Object.keys(suites));

function fail(message: string): void {
	console.error(message);
	process.exitCode = 2;
}

async function bench(names: readonly string[]): Promise<void> {
	const server = await openBenchServer(values.url);
	const peers = values['no-peers'] ? undefined : openPeers(server);
	const peersFor = peers?.contend ?? (() => []);
	const figures: Figure[] = [];
	try {
		for (const name of names) {
			for await (const each of (suites[name] as Suite)({ server, peersFor }))
				figures.push(
					...(await measureCase(each, {
						runs: Number(values.runs),
						onRun: (message) => console.error(message),
					})),
				);
		}
	} finally {
		await server.close();
		peers?.close();
		console.log(renderFigures(figures));
		if (values.json !== undefined) write(values.json, figures);
	}
}

function write(file: string, figures: readonly Figure[]): void {
	mkdirSync(dirname(file), { recursive: true });
	const machine = {
		node: process.version,
		platform: process.platform,
		cores: cpus().length,
		model: cpus()[0]?.model,
	};
	writeFileSync(
		file,
		`${JSON.stringify({ at: new Date().toISOString(), machine, figures }, undefined, 2)}\n`,
	);
}
