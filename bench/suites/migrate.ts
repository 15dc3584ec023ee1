import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase } from '../measure/contender.ts';
import { program } from '../project/locate-programs.ts';
import { makeMigrations } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';
import type { SuiteContext } from './suite.ts';

/** Every migration is pending: what applying costs, as a process of its own and inside one that is up. */
export async function* benchMigrate({ server, peersFor }: SuiteContext): AsyncIterable<BenchCase> {
	for (const count of [10, 100, 1_000]) {
		const migrations = makeMigrations(count);
		const root = writeProject(migrations);
		const url = server.urlOf('migrate');
		const prepare = () => server.renew('migrate');
		const folder = join(root, 'drizzle');
		const floor = {
			name: 'pg, one round trip each',
			command: ['node', program.floor('apply'), folder, url],
			prepare,
		} as const;
		const name = `migrate, ${count.toLocaleString('en')} pending`;
		yield {
			name: `${name}, in a running process`,
			measured: 'inside',
			contenders: [floor, { name: 'ours', command: ['node', program.floor('library'), root, url], prepare }],
			targets: { ours: 1.15 },
		};
		yield {
			name,
			contenders: [
				floor,
				{ name: 'ours', command: ['node', program.binary, 'migrate', '--url', url], cwd: root, prepare },
				...peersFor(migrations),
			],
			targets: { ours: 1.15 },
		};
		rmSync(root, { recursive: true, force: true });
	}
}
