import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchCase, Contender } from '../measure/contender.ts';
import { program } from '../project/locate-programs.ts';
import { type BenchMigration, makeMigrations, squash } from '../project/make-migrations.ts';
import { writeProject } from '../project/write-project.ts';

/** One new column: drizzle-kit's own `generate` against ours with its proof, and a long history against a short one to the same schema. */
export async function* benchGenerate(): AsyncIterable<BenchCase> {
	const migrations = makeMigrations(1_000);
	const [short, long] = [aProject(makeMigrations(10)), aProject(migrations)];
	const squashed = aProject(squash(migrations, 10));
	const given = ['generate', '--name', 'change'] as const;
	const ours = (project: Project, name: string): Contender => ({
		name,
		command: ['node', program.binary, ...given],
		cwd: project.root,
		prepare: project.renew,
	});
	yield {
		name: 'generate, after 10 migrations',
		contenders: [
			{
				name: 'drizzle-kit generate',
				command: [program.drizzleKit, ...given],
				cwd: short.root,
				prepare: short.renew,
			},
			ours(short, 'ours'),
		],
		targets: { ours: 2 },
	};
	yield {
		name: 'generate, long history against short, both of 20 tables with 980 columns',
		contenders: [ours(squashed, 'after 10'), ours(long, 'after 1,000')],
		targets: { 'after 1,000': 1.3 },
	};
	for (const project of [short, long, squashed]) project.remove();
}

interface Project {
	readonly root: string;
	/** Takes the generated migration away. */
	readonly renew: () => Promise<void>;
	readonly remove: () => void;
}

/** A project whose schema has one column more than its last snapshot. */
function aProject(migrations: readonly BenchMigration[]): Project {
	const root = writeProject(migrations);
	const schema = join(root, 'schema.ts');
	writeFileSync(
		schema,
		readFileSync(schema, 'utf8').replace('primaryKey(),\n', 'primaryKey(),\n\tadded: text(),\n'),
	);
	const [folder, copy] = [join(root, 'drizzle'), join(root, 'before')];
	cpSync(folder, copy, { recursive: true });
	return {
		root,
		renew: async () => {
			rmSync(folder, { recursive: true });
			cpSync(copy, folder, { recursive: true, preserveTimestamps: true });
		},
		remove: () => rmSync(root, { recursive: true, force: true }),
	};
}
