import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { linkPackages } from '../harness/build-kit.ts';
import { repository } from '../harness/repository.ts';
import { installDrizzleOne } from '../layouts/install-drizzle-one.ts';

/**
 * The `node_modules` of the prepared projects: this repository's packages, and this repository itself, bundled, as `drizzle-companion`. In
 * `one/` there is another with drizzle 1.0.
 */
export async function linkModules(folder: string): Promise<void> {
	const modules = join(folder, 'node_modules');
	linkPackages(join(repository, 'node_modules'), modules);
	const one = join(folder, 'one/node_modules');
	linkPackages(await installDrizzleOne(), one);
	linkPackages(join(repository, 'node_modules'), one);
	for (const each of [modules, one])
		cpSync(inject('kit'), join(each, 'drizzle-companion'), { recursive: true });
}
