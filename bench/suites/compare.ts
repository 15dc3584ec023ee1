import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import type { BenchCase, Contender } from '../measure/contender.ts';
import { runContender } from '../measure/run-contender.ts';
import { program } from '../project/locate-programs.ts';
import { makeMigrations } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';
import type { SuiteContext } from './suite.ts';

/** 1,000 tables: comparing a database with its migrations, against `pg_dump --schema-only`. */
export async function* benchCompare({ server }: SuiteContext): AsyncIterable<BenchCase> {
	const root = writeProject(makeMigrations(1_000, { tables: 1_000 }));
	const url = server.urlOf('compare');
	await server.renew('compare');
	const ours = (database: string, ...given: readonly string[]): Contender => ({
		name: given.join(' '),
		command: ['node', program.binary, ...given, '--url', server.urlOf(database)],
		cwd: root,
	});
	await runContender(ours('compare', 'migrate'));
	// As a database that never was under migrations.
	await server.renew('forgotten', 'compare');
	await server.run('forgotten', 'DROP SCHEMA drizzle CASCADE');
	const [drift, baseline] = [ours('compare', 'drift'), ours('forgotten', 'baseline', '--plan')];
	const dump: Contender = { name: 'pg_dump --schema-only', command: ['pg_dump', '--schema-only', url] };
	// A pg_dump that is older than the server refuses it.
	const canDump = spawnSync('pg_dump', ['--schema-only', url], { stdio: 'ignore' }).status === 0;
	yield {
		name: 'compare, 1,000 tables',
		runs: 3,
		contenders: canDump ? [dump, drift, baseline] : [drift, baseline],
		targets: canDump ? { drift: 3, 'baseline --plan': 3 } : {},
	};
	rmSync(root, { recursive: true, force: true });
}
