import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';
import type { BenchCase, Contender } from '../measure/contender.ts';
import { isInstalled, program } from '../project/locate-programs.ts';
import { type BenchMigration, makeMigrations } from '../project/make-migrations.ts';
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
				...psql(root, migrations, { url, prepare }),
				{ name: 'ours', command: ['node', program.binary, 'migrate', '--url', url], cwd: root, prepare },
				...peersFor(migrations),
			],
			targets: { ours: 1.15 },
		};
		rmSync(root, { recursive: true, force: true });
	}
}

/** PostgreSQL's own client with the same SQL, which starts without node; where it is installed. */
function psql(
	root: string,
	migrations: readonly BenchMigration[],
	{ url, prepare }: { readonly url: string; readonly prepare: () => Promise<void> },
): readonly Contender[] {
	if (!isInstalled('psql')) return [];
	const script = join(root, 'floor.sql');
	const transactions = migrations.map(
		({ tag, when, up }) =>
			`BEGIN; ${up};\nINSERT INTO ledger (hash, created_at) VALUES ('${computeChecksum(up)}', ${when});\nINSERT INTO log (kind, tag, checksum) VALUES ('apply', '${tag}', '${computeChecksum(up)}'); COMMIT;\n`,
	);
	writeFileSync(script, `${tables}${transactions.join('')}`);
	const given = ['--quiet', '--no-psqlrc', '--set', 'ON_ERROR_STOP=1', '--file', script, url];
	return [{ name: 'psql, the same SQL', command: ['psql', ...given], prepare }];
}

const tables = `CREATE TABLE ledger (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind text, tag text, checksum text, at timestamptz DEFAULT now());
`;
