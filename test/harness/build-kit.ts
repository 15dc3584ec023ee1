import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { repository } from './repository.ts';

/**
 * This repository as the package `drizzle-companion`, bundled, with its scripts: `dist/bin.js`, `dist/scripts/migrate.js` and so on. It starts
 * in a third of the time that tsx takes, which a test that starts a hundred processes is glad of.
 * @param folder the package's; the packages that it imports are searched for from there
 */
export async function buildKit(folder: string): Promise<void> {
	await build({
		absWorkingDir: repository,
		entryPoints: {
			index: 'src/kit/index.ts',
			testing: 'src/kit/testing.ts',
			bin: 'src/kit/cli/bin.ts',
			'drizzle-kit-worker': 'src/kit/generate/drizzle-kit-worker.ts',
			...Object.fromEntries(scripts.map((name) => [`scripts/${name}`, `scripts/${name}.ts`])),
		},
		// Beside the worker, which is found by its place.
		chunkNames: '[name]-[hash]',
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

/** The names of `scripts/*.ts`. */
const scripts: readonly string[] = readdirSync(join(repository, 'scripts')).map((name) =>
	name.replace(/\.ts$/, ''),
);

/** Links the packages of one `node_modules` into another; those that are there already stay. */
export function linkPackages(from: string, to: string): void {
	mkdirSync(to, { recursive: true });
	for (const name of readdirSync(from).filter((each) => !each.startsWith('.')))
		if (!existsSync(join(to, name))) symlinkSync(realpathSync(join(from, name)), join(to, name));
}
