import { join } from 'node:path';
import type { Config } from '../config/config.ts';

/** Where the embedded server keeps a project's data. Git-ignored. */
export function embeddedFolder({ root }: Pick<Config, 'root'>): string {
	return join(root, '.data', 'postgres');
}

/**
 * Where scratch databases live: a server of their own, because roles belong to a whole server. One that a migration creates while
 * it is proven must not be there already when the migration is applied.
 */
export function scratchFolder({ root }: Pick<Config, 'root'>): string {
	return join(root, '.data', 'scratch');
}
