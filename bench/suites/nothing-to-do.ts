import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase, Contender } from '../measure/contender.ts';
import { runContender } from '../measure/run-contender.ts';
import { program } from '../project/locate-programs.ts';
import { makeMigrations } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';
import type { PeerContender, SuiteContext } from './suite.ts';

const commands = [['migrate'], ['current'], ['history', '--json'], ['check', '--since', 'head-1']] as const;

/** Everything is applied: what finding that out costs, from the built binary, through tsx, and with the peers. */
export async function* benchNothingToDo({ server, peersFor }: SuiteContext): AsyncIterable<BenchCase> {
	for (const count of [10, 1_000]) {
		const migrations = makeMigrations(count);
		const root = writeProject(migrations);
		const url = server.urlOf('nothing');
		await server.renew('nothing');
		const ours = (
			given: readonly string[],
			runner: readonly [string, ...string[]] = ['node', program.binary],
		) => ({
			name: given.join(' '),
			command: [...runner, ...given, ...(given[0] === 'check' ? [] : ['--url', url])] as [
				string,
				...string[],
			],
			cwd: root,
		});
		await runContender(ours(['migrate']));
		const floor = { name: 'node, pg, one SELECT', command: ['node', program.floor('select'), url] } as const;
		const name = `nothing to do, ${count.toLocaleString('en')} applied`;
		const limit = count === 10 ? 1.3 : 1.5;
		yield {
			name,
			contenders: [floor, ...commands.map((given) => ours(given))],
			targets: Object.fromEntries(commands.map((given) => [given.join(' '), limit])),
		};
		const scripts = commands.map(([script, ...given]) => ({
			...ours(given, [program.tsx, program.script(script)]),
			name: script,
		}));
		yield {
			name: `${name}, through tsx`,
			contenders: [await emptyThen(root, floor), ...scripts],
			targets: Object.fromEntries(commands.map(([script]) => [script, 1.15])),
		};
		yield {
			name: `${name}, the peers`,
			contenders: [floor, ours(['migrate']), ...(await applied(peersFor(migrations)))],
			targets: {},
		};
		rmSync(root, { recursive: true, force: true });
	}
}

/** An empty script under tsx and the floor, one after the other. */
async function emptyThen(root: string, floor: Contender): Promise<Contender> {
	const empty = join(root, 'empty.ts');
	writeFileSync(empty, 'export {};\n');
	const command = [program.tsx, empty, '&&', ...floor.command].join(' ');
	return { name: `an empty script under tsx, and ${floor.name}`, command: ['sh', '-c', command], cwd: root };
}

/** Peers that have done their work: the runs that are measured find nothing to do. */
async function applied(peers: readonly PeerContender[]): Promise<readonly Contender[]> {
	const ready: Contender[] = [];
	for (const { prepare, ...peer } of peers) {
		await prepare();
		// One that fails says so in the round that does not count.
		await runContender(peer).catch(() => undefined);
		ready.push(peer);
	}
	return ready;
}
