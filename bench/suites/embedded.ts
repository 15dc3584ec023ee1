import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase } from '../measure/contender.ts';
import { program } from '../project/locate-programs.ts';
import { makeMigrations } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';
import type { SuiteContext } from './suite.ts';

/** What a project without a database of its own pays for the embedded one: at first, and from then on. */
export async function* benchEmbedded({ server }: SuiteContext): AsyncIterable<BenchCase> {
	const root = writeProject(makeMigrations(10));
	await server.renew('embedded');
	const current = ['node', program.binary, 'current'] as const;
	yield {
		name: 'the embedded server',
		contenders: [
			{ name: 'current --url', command: [...current, '--url', server.urlOf('embedded')], cwd: root },
			{
				name: 'first use',
				command: current,
				cwd: root,
				prepare: async () => rmSync(join(root, '.data'), { recursive: true, force: true }),
			},
			{ name: 'later', command: current, cwd: root },
		],
		targets: {},
		allowances: { 'first use': 3_000, later: 300 },
	};
	rmSync(root, { recursive: true, force: true });
}
