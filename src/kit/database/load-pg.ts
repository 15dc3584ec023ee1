import { createRequire } from 'node:module';
import type pg from 'pg';

/**
 * The `pg` package. It is required, which takes node a fifth less time than importing it; in an application that was bundled there is
 * nothing to be required, and the bundler has followed the import.
 */
export async function loadPg(): Promise<typeof pg> {
	try {
		return createRequire(import.meta.url)('pg') as typeof pg;
	} catch {
		return (await import('pg')).default;
	}
}
