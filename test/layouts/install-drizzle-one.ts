import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository } from '../harness/repository.ts';
import { runProgram } from '../harness/run-script.ts';

/** The build of drizzle 1.0 that is tested. */
export const DRIZZLE_ONE = '1.0.0-rc.5';

const packages = [`drizzle-kit@${DRIZZLE_ONE}`, `drizzle-orm@${DRIZZLE_ONE}`, 'pg@8.23.1'];
const cache = join(repository, 'node_modules', '.cache', `drizzle-${DRIZZLE_ONE}`);

/**
 * A `node_modules` with drizzle-kit and drizzle-orm 1.0, which cannot stand beside 0.x in one: each drizzle-kit finds the drizzle-orm of that
 * name. Installed once, with npm, below this repository's `node_modules`.
 */
export async function installDrizzleOne(): Promise<string> {
	const modules = join(cache, 'node_modules');
	if (existsSync(modules)) return modules;
	mkdirSync(dirname(cache), { recursive: true });
	const folder = mkdtempSync(`${cache}-`);
	writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
	const { exitCode, stderr } = await runProgram(
		'npm',
		['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', ...packages],
		{ cwd: folder },
	);
	if (exitCode !== 0) throw new Error(`drizzle ${DRIZZLE_ONE} could not be installed:\n${stderr}`);
	try {
		renameSync(folder, cache);
	} catch (error) {
		rmSync(folder, { recursive: true, force: true });
		if (!existsSync(modules)) throw error; // somebody else was faster
	}
	return modules;
}
