import { rmSync } from 'node:fs';
import type { BenchCase, Contender } from '../measure/contender.ts';
import { runContender } from '../measure/run-contender.ts';
import { program } from '../project/locate-programs.ts';
import { type BenchMigration, makeMigrations, makeTables } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';
import type { SuiteContext } from './suite.ts';

/** What grows how: ten times as many migrations, and ten times as many tables, than a large project has. */
export async function* benchScale(context: SuiteContext): AsyncIterable<BenchCase> {
	const [some, many] = [
		await aProject(context, 'some', makeMigrations(1_000)),
		await aProject(context, 'many', makeMigrations(10_000)),
	];
	yield* compare('migrations', [some, many], {
		nothing: [['current'], ['history', '--json'], ['migrate']],
		moving: [
			['migrate', 'empty'],
			['rollback', '-1', '--accept-data-loss'],
		],
	});
	for (const { remove } of [some, many]) remove();
	const [few, lots] = [
		await aProject(context, 'few', makeTables(1_000)),
		await aProject(context, 'lots', makeTables(10_000)),
	];
	yield* compare('tables', [few, lots], { nothing: [['drift'], ['generate', '--name', 'none']], moving: [] });
	for (const { remove } of [few, lots]) remove();
}

interface Project {
	readonly size: number;
	readonly root: string;
	/** The database that has everything, one that has nothing, and one that is a copy of either. */
	readonly databases: { readonly full: string; readonly empty: string; readonly trial: string };
	readonly server: SuiteContext['server'];
	readonly remove: () => void;
}

async function aProject(
	{ server }: SuiteContext,
	name: string,
	migrations: readonly BenchMigration[],
): Promise<Project> {
	const root = writeProject(migrations, { snapshots: 'last' });
	const databases = { full: `${name}_full`, empty: `${name}_empty`, trial: `${name}_trial` };
	await server.renew(databases.full);
	await server.renew(databases.empty);
	await runContender(ours(root, server.urlOf(databases.full), ['migrate']));
	return {
		...{ root, databases, server },
		size: Math.max(migrations.length, migrations.at(-1)?.shape.length ?? 0),
		remove: () => rmSync(root, { recursive: true, force: true }),
	};
}

function ours(cwd: string, url: string, given: readonly string[]): Contender {
	const target = given[0] === 'generate' ? [] : ['--url', url];
	return { name: given.join(' '), command: ['node', program.binary, ...given, ...target], cwd };
}

interface Commands {
	/** Those that leave the database as it is. */
	readonly nothing: readonly (readonly string[])[];
	/** Those that begin from a copy each time; of the empty database, where they say so. */
	readonly moving: readonly (readonly string[])[];
}

async function* compare(
	what: string,
	projects: readonly [Project, Project],
	{ nothing, moving }: Commands,
): AsyncIterable<BenchCase> {
	for (const given of [...nothing, ...moving]) {
		const isMoving = moving.includes(given);
		const words = given.filter((word) => word !== 'empty');
		const contenders = projects.map(({ size, root, databases, server }): Contender => {
			const start = given.includes('empty') ? databases.empty : databases.full;
			const contender = ours(root, server.urlOf(isMoving ? databases.trial : databases.full), words);
			const name = `${size.toLocaleString('en')} ${what}`;
			if (!isMoving) return { ...contender, name };
			return { ...contender, name, prepare: () => server.renew(databases.trial, start) };
		});
		yield {
			name: `scale, ${words.join(' ')}`,
			runs: 3,
			contenders: contenders as [Contender, Contender],
			targets: {},
		};
	}
}
