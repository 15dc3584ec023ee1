import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { repository } from '../harness/a-project.ts';
import { installDrizzleOne } from '../layouts/install-drizzle-one.ts';

/**
 * The `node_modules` of the prepared projects: this repository's packages, and this repository itself, bundled, as `drizzle-companion`. In
 * `one/` there is another with drizzle 1.0.
 */
export async function linkModules(folder: string): Promise<void> {
	const modules = join(folder, 'node_modules');
	linkPackages(join(repository, 'node_modules'), modules);
	await buildPackage(join(modules, 'drizzle-companion'));
	const one = join(folder, 'one/node_modules');
	linkPackages(await installDrizzleOne(), one);
	linkPackages(join(repository, 'node_modules'), one);
	cpSync(join(modules, 'drizzle-companion'), join(one, 'drizzle-companion'), { recursive: true });
}

/** Those that are not there already. */
function linkPackages(from: string, to: string): void {
	mkdirSync(to, { recursive: true });
	for (const name of readdirSync(from).filter((each) => !each.startsWith('.')))
		if (!existsSync(join(to, name))) symlinkSync(realpathSync(join(from, name)), join(to, name));
}

async function buildPackage(folder: string): Promise<void> {
	await build({
		absWorkingDir: repository,
		entryPoints: {
			index: 'src/kit/index.ts',
			testing: 'src/kit/testing.ts',
			bin: 'src/kit/cli/bin.ts',
			'drizzle-kit-worker': 'src/kit/generate/drizzle-kit-worker.ts',
			...Object.fromEntries(listScripts().map((name) => [`scripts-${name}`, `scripts/${name}.ts`])),
		},
		outdir: join(folder, 'dist'),
		bundle: true,
		splitting: true,
		packages: 'external',
		platform: 'node',
		format: 'esm',
		logLevel: 'error',
	});
	cpSync(join(repository, 'package.json'), join(folder, 'package.json'));
}

function listScripts(): readonly string[] {
	return readdirSync(join(repository, 'scripts')).map((name) => name.replace(/\.ts$/, ''));
}
