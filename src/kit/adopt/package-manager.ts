import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type PackageManager = 'npm' | 'pnpm' | 'yarn' | 'bun';

const lockfiles: readonly (readonly [string, PackageManager])[] = [
	['pnpm-lock.yaml', 'pnpm'],
	['yarn.lock', 'yarn'],
	['bun.lock', 'bun'],
	['bun.lockb', 'bun'],
	['package-lock.json', 'npm'],
	['npm-shrinkwrap.json', 'npm'],
];

/** The package manager of a project: by its `packageManager` field, or by the nearest lockfile, here or above. Default npm. */
export function findPackageManager(root: string, field?: unknown): PackageManager {
	const named = typeof field === 'string' ? /^(npm|pnpm|yarn|bun)@/.exec(field)?.[1] : undefined;
	if (named !== undefined) return named as PackageManager;
	for (let folder = root; ; folder = dirname(folder)) {
		const found = lockfiles.find(([file]) => existsSync(join(folder, file)));
		if (found !== undefined) return found[1];
		if (dirname(folder) === folder) return 'npm';
	}
}

/** How a `db:*` script with arguments is typed. npm keeps options for itself without `--`. */
export function spellScript(manager: PackageManager, command: string, args: readonly string[]): string {
	const separator = manager === 'npm' && args.length > 0 ? ['--'] : [];
	return [manager, 'run', `db:${command}`, ...separator, ...args].join(' ');
}

/** How the binary is typed where no script stands for the command. */
export function spellBinary(manager: PackageManager, command: string, args: readonly string[]): string {
	const runner = { npm: 'npx', pnpm: 'pnpm exec', yarn: 'yarn', bun: 'bunx' }[manager];
	return [runner, 'drizzle-companion', command, ...args].join(' ');
}

/** How the package is added to a project. */
export function spellInstall(manager: PackageManager): string {
	return manager === 'npm' ? 'npm install drizzle-companion' : `${manager} add drizzle-companion`;
}
