import { rmSync } from 'node:fs';
import type { BenchCase } from '../measure/contender.ts';
import { runContender } from '../measure/run-contender.ts';
import { program } from '../project/locate-programs.ts';
import { makeMigrations } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';
import type { SuiteContext } from './suite.ts';

/** The way back against the way there: one step, and all of them. */
export async function* benchRollback({ server }: SuiteContext): AsyncIterable<BenchCase> {
	const root = writeProject(makeMigrations(1_000));
	const url = server.urlOf('rollback');
	const ours = (...given: string[]) => ({
		name: given.join(' '),
		command: ['node', program.binary, ...given, '--url', url] as [string, ...string[]],
		cwd: root,
	});
	const standsAt = async (database: string, target: string) => {
		await server.renew('rollback');
		await runContender(ours('migrate', target));
		await server.renew(database, 'rollback');
	};
	await standsAt('head', 'head');
	await standsAt('before', 'head-1');
	const startAt = (database: string) => () => server.renew('rollback', database);
	yield {
		name: 'one step',
		contenders: [
			{ ...ours('migrate', '+1'), prepare: startAt('before') },
			{ ...ours('rollback', '-1', '--accept-data-loss'), name: 'rollback -1', prepare: startAt('head') },
		],
		targets: { 'rollback -1': 1.1 },
	};
	yield {
		name: '1,000 steps',
		contenders: [
			{ ...ours('migrate'), prepare: () => server.renew('rollback') },
			{ ...ours('rollback', 'base', '--accept-data-loss'), name: 'rollback base', prepare: startAt('head') },
		],
		targets: { 'rollback base': 1.2 },
	};
	rmSync(root, { recursive: true, force: true });
}
