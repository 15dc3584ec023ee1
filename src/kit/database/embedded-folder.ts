import { join } from 'node:path';
import type { Config } from '../config/config.ts';

/** Where the embedded server keeps a project's data. Git-ignored. */
export function embeddedFolder({ root }: Pick<Config, 'root'>): string {
	return join(root, '.data', 'postgres');
}
