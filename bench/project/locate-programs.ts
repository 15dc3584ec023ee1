import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repository } from './write-project.ts';

/** The built binary, one of the floors, and so on. */
export const program = {
	binary: join(repository, 'dist', 'bin.js'),
	floor: (name: 'apply' | 'create' | 'library' | 'select' | 'walk') =>
		join(repository, 'bench', 'floors', `${name}.mjs`),
	script: (name: string) => join(repository, 'scripts', `${name}.ts`),
	tsx: join(repository, 'node_modules', '.bin', 'tsx'),
	drizzleKit: join(repository, 'node_modules', '.bin', 'drizzle-kit'),
	reportMemory: join(repository, 'bench', 'measure', 'report-memory.mjs'),
};

/** Says whether a program is on the PATH. */
export function isInstalled(name: string): boolean {
	return spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
}
