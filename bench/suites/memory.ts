import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase } from '../measure/contender.ts';
import { program } from '../project/locate-programs.ts';
import { makeMigrations } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';
import type { SuiteContext } from './suite.ts';

/** The most memory held at once: with a long history, and with one migration of 100 MB. */
export async function* benchMemory({ server }: SuiteContext): AsyncIterable<BenchCase> {
	const url = server.urlOf('memory');
	const prepare = () => server.renew('memory');
	const node = ['node', '--import', program.reportMemory] as const;
	const floor = {
		name: 'node, pg, one SELECT',
		command: [...node, program.floor('select'), url],
		prepare,
	} as const;
	const ours = (root: string, ...given: string[]) => ({
		name: given.join(' '),
		command: [...node, program.binary, ...given, '--url', url] as [string, ...string[]],
		cwd: root,
		prepare,
	});
	const long = writeProject(makeMigrations(1_000));
	yield {
		name: 'memory, 1,000 migrations',
		measured: 'memory',
		contenders: [floor, ours(long, 'migrate'), ours(long, 'history')],
		targets: { migrate: 2, history: 2 },
	};
	rmSync(long, { recursive: true, force: true });
	const large = writeProject(makeMigrations(1));
	const line = `INSERT INTO t0 VALUES (DEFAULT); -- ${'x'.repeat(960)}\n`;
	writeFileSync(
		join(large, 'drizzle/0000_create_t0.sql'),
		`CREATE TABLE t0 (id serial);\n${line.repeat(100_000)}`,
	);
	yield {
		name: 'memory, one file of 100 MB',
		measured: 'memory',
		contenders: [
			{
				name: 'pg, the file as one query',
				command: [...node, program.floor('apply'), join(large, 'drizzle'), url],
				prepare,
			},
			ours(large, 'migrate'),
		],
		targets: { migrate: 2 },
	};
	rmSync(large, { recursive: true, force: true });
}
