import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { computeChecksum } from '../journal/checksum.ts';

/** SHA-256 of the bytes of files, by absolute path. */
export type Checksums = Readonly<Record<string, string>>;

/** Undefined when one of them cannot be read. */
export function checksumFiles(files: readonly string[]): Checksums | undefined {
	try {
		return Object.fromEntries(files.map((file) => [file, computeChecksum(readFileSync(file))]));
	} catch {
		return undefined;
	}
}

/** Says whether files are as they were. One that is gone or cannot be read is not. */
export function areUnchanged(checksums: Checksums): boolean {
	try {
		return Object.entries(checksums).every(([file, known]) => computeChecksum(readFileSync(file)) === known);
	} catch {
		return false;
	}
}

/**
 * What tells a folder's files from what they were without reading them: names, sizes, times of the last change and inodes. A file that
 * changed within the last two seconds may change again within the same tick of a coarse clock.
 * @returns undefined when a file is that young, or one cannot be looked at: a link to nothing, somebody else's folder
 */
export function stampFolder(folder: string, now: number = Date.now()): string | undefined {
	try {
		const stamps = listStamps(folder, now);
		return stamps === undefined ? undefined : computeChecksum(stamps.join('\n'));
	} catch {
		return undefined;
	}
}

function listStamps(folder: string, now: number): readonly string[] | undefined {
	const stamps: string[] = [];
	for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
		if (entry.isDirectory()) continue;
		const file = join(entry.parentPath, entry.name);
		const { size, mtimeMs, ctimeMs, ino } = statSync(file);
		if (now - Math.max(mtimeMs, ctimeMs) < YOUNG) return undefined;
		stamps.push(`${file} ${size} ${mtimeMs} ${ctimeMs} ${ino}`);
	}
	return stamps;
}

/** Milliseconds. */
const YOUNG = 2_000;
