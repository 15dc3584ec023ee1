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
}

/**
 * Finds drizzle-kit as the project's own modules would, or, where it has none, the one beside the companion. Nothing is loaded.
 * @param companion the URL of a module of the companion
 */
export function locateDrizzleKit(root: string, companion: string): LocatedKit {
	const project = pathToFileURL(join(root, 'package.json')).href;
	const layout = layoutOf(project);
	if (layout !== undefined) return { layout, base: project };
	return { layout: layoutOf(companion) ?? 'journal', base: companion };
}

/** 1.0 has an entry for each dialect, and none for all. */
function layoutOf(base: string): Layout | undefined {
	const { resolve } = createRequire(base);
	const isThere = (name: string) => {
		try {
			resolve(name);
			return true;
		} catch {
			return false; // not installed, or of the other layout: both are answers
		}
	};
	if (isThere('drizzle-kit/api-postgres')) return 'folders';
	return isThere('drizzle-kit/api') ? 'journal' : undefined;
}
