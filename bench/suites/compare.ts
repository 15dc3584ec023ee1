import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { locateCache } from '../../src/kit/config/project-cache.ts';
import type { BenchServer } from '../measure/bench-server.ts';
import type { BenchCase, Contender } from '../measure/contender.ts';
import { runContender } from '../measure/run-contender.ts';
import { program } from '../project/locate-programs.ts';
import { makeMigrations } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';
import type { SuiteContext } from './suite.ts';

/**
 * 1,000 tables: comparing a database with its migrations, against `pg_dump --schema-only`, or where there is none for the server
 * against making the tables.
 */
export async function* benchCompare({ server }: SuiteContext): AsyncIterable<BenchCase> {
	const root = writeProject(makeMigrations(1_000, { tables: 1_000 }));
	const command = (database: string, ...given: readonly string[]): [string, ...string[]] => [
		...(['node', program.binary] as const),
		...given,
		...['--url', server.urlOf(database)],
	];
	await server.renew('compare');
	await runContender({ name: 'migrate', command: command('compare', 'migrate'), cwd: root });
	// As a database that never was under migrations, and as one that somebody changed.
	await server.renew('forgotten', 'compare');
	await server.run('forgotten', 'DROP SCHEMA drizzle CASCADE');
	await server.renew('changed', 'compare');
	await server.run('changed', 'ALTER TABLE t5 ADD COLUMN somebodys integer');
	const ours: readonly Contender[] = [
		{ name: 'drift', command: command('compare', 'drift'), cwd: root },
		{ name: 'baseline --plan', command: command('forgotten', 'baseline', '--plan'), cwd: root },
		{ name: 'drift, one difference', command: command('changed', 'drift'), cwd: root, exitCodes: [3] },
		{ name: 'drift, the same again', command: command('changed', 'drift'), cwd: root, exitCodes: [3] },
		{
			name: 'drift, the first time',
			command: command('compare', 'drift'),
			cwd: root,
			prepare: () => forget(server, root),
		},
	];
	const making: Contender = {
		name: 'pg, the same SQL in a new database',
		command: ['node', program.floor('create'), join(root, 'drizzle'), server.urlOf('made')],
		prepare: async () => {
			await server.setAside('made');
			await server.renew('made');
		},
	};
	yield {
		name: 'compare, 1,000 tables',
		contenders: [...dumps(server.urlOf('compare')), making, ...ours] as [Contender, ...Contender[]],
		targets: Object.fromEntries(ours.map(({ name }) => [name, 3])),
	};
	rmSync(root, { recursive: true, force: true });
}

/** A pg_dump that is older than the server refuses it. */
function dumps(url: string): readonly Contender[] {
	const command = ['pg_dump', '--schema-only', url] as const;
	const canDump = spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0;
	return canDump ? [{ name: 'pg_dump --schema-only', command }] : [];
}

/** As if this project were new to the machine and to the server. */
async function forget(server: BenchServer, root: string): Promise<void> {
	await server.setCachedAside();
	const cache = locateCache(root);
	if (cache === undefined) return;
	for (const name of readdirSync(cache))
		if (/^(?:objects|facts)-/.test(name)) rmSync(join(cache, name), { force: true });
}
