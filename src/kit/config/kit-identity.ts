import { fileURLToPath } from 'node:url';
import { stampFolder } from './checksum-files.ts';

/** Where this code is: `src/kit`, or `dist` in the package. */
export const kitFolder = fileURLToPath(
	new URL(import.meta.url.endsWith('.ts') ? '..' : '.', import.meta.url),
);

/** What tells this code from another version of it; undefined while its files are being written. */
export function identifyKit(): string | undefined {
	return stampFolder(kitFolder);
}
