import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Layout } from '../journal/migration.ts';

/** The drizzle-kit that a project has. */
export interface LocatedKit {
	/** `folders` for 1.0. */
	readonly layout: Layout;
	/** The URL of the module from which `require` finds it. */
	readonly base: string;
	/** Its own module, where it is installed. */
	readonly entry: string | undefined;
}

/**
 * Finds drizzle-kit as the project's own modules would, or, where it has none, the one beside the companion. Nothing is loaded.
 * @param companion the URL of a module of the companion
 */
export function locateDrizzleKit(root: string, companion: string): LocatedKit {
	const project = pathToFileURL(join(root, 'package.json')).href;
	const bases = [project, companion];
	const found = bases.map(findEntry).find((kit) => kit !== undefined);
	return found ?? { layout: 'journal', base: companion, entry: undefined };
}

/** 1.0 has an entry for each dialect, and none for all. */
function findEntry(base: string): LocatedKit | undefined {
	const { resolve } = createRequire(base);
	const find = (name: string) => {
		try {
			return resolve(name);
		} catch {
			return undefined; // not installed, or of the other layout: both are answers
		}
	};
	const folders = find('drizzle-kit/api-postgres');
	if (folders !== undefined) return { layout: 'folders', base, entry: folders };
	const journal = find('drizzle-kit/api');
	return journal === undefined ? undefined : { layout: 'journal', base, entry: journal };
}
