import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { platform } from 'node:os';

/** Writes a new file and brings it to the disk. */
export function writeDurably(file: string, content: string): void {
	const descriptor = openSync(file, 'wx');
	try {
		writeFileSync(descriptor, content);
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

/** Brings renames to the disk. Windows has no such thing for folders. */
export function flushFolder(folder: string): void {
	if (platform() === 'win32') return;
	const descriptor = openSync(folder, 'r');
	try {
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}
