import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Where a project keeps what can be made anew: the nearest `node_modules/.cache`, as other tools do. Undefined where there is none. */
export function locateCache(from: string): string | undefined {
	for (let folder = from; ; folder = dirname(folder)) {
		const modules = join(folder, 'node_modules');
		if (existsSync(modules)) return join(modules, '.cache', 'drizzle-companion');
		if (dirname(folder) === folder) return undefined;
	}
}

/** A file of the cache, parsed. Undefined when it is missing or was cut short by a killed run: it is made anew. */
export function readCached(file: string): unknown {
	try {
		return JSON.parse(readFileSync(file, 'utf8'));
	} catch {
		return undefined;
	}
}

/** Keeps a value as one file, whole or not at all. A place that cannot be written to costs time, not correctness. */
export function writeCached(file: string, value: unknown): void {
	writeCachedBytes(file, JSON.stringify(value));
}

/** The same of a text or of bytes. */
export function writeCachedBytes(file: string, content: string | Uint8Array): void {
	try {
		mkdirSync(dirname(file), { recursive: true });
		const staged = `${file}.${process.pid}`;
		writeFileSync(staged, content);
		renameSync(staged, file);
	} catch (error) {
		if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes((error as NodeJS.ErrnoException).code ?? ''))
			throw error;
	}
}
