import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** SHA-256 of the bytes of files, by absolute path. */
export type Checksums = Readonly<Record<string, string>>;

/** @throws the file system's error for a file that cannot be read */
export function checksumFiles(files: readonly string[]): Checksums {
	return Object.fromEntries(files.map((file) => [file, checksum(readFileSync(file))]));
}

/** Says whether files are as they were. One that is gone or cannot be read is not. */
export function areUnchanged(checksums: Checksums): boolean {
	try {
		return Object.entries(checksums).every(([file, known]) => checksum(readFileSync(file)) === known);
	} catch {
		return false;
	}
}

/**
 * What tells a folder's files from what they were without reading them: names, sizes, times of the last change and inodes. A file that
 * changed within the last two seconds may change again within the same tick of a coarse clock.
 * @returns undefined when a file is that young
 */
export function stampFolder(folder: string, now: number = Date.now()): string | undefined {
	const stamps: string[] = [];
	for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
		if (entry.isDirectory()) continue;
		const file = join(entry.parentPath, entry.name);
		const { size, mtimeMs, ctimeMs, ino } = statSync(file);
		if (now - Math.max(mtimeMs, ctimeMs) < YOUNG) return undefined;
		stamps.push(`${file} ${size} ${mtimeMs} ${ctimeMs} ${ino}`);
	}
	return checksum(stamps.join('\n'));
}

/** Milliseconds. */
const YOUNG = 2_000;

function checksum(content: string | Uint8Array): string {
	return createHash('sha256').update(content).digest('hex');
}
