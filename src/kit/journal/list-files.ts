import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CompanionError } from '../errors.ts';

/** Names in a folder: files, and what may hold files. Links count as what they lead to. */
export interface Listing {
	readonly files: readonly string[];
	readonly folders: readonly string[];
}

/** What is in a folder; nothing when it does not exist. @throws CompanionError `JOURNAL_INVALID` when it cannot be read */
export function listFolder(folder: string): Listing {
	const [files, folders]: [string[], string[]] = [[], []];
	for (const entry of readEntries(folder)) {
		const kind = kindOf(folder, entry);
		if (kind === 'file') files.push(entry.name);
		else if (kind === 'folder') folders.push(entry.name);
	}
	return { files, folders };
}

function readEntries(folder: string): readonly Dirent[] {
	try {
		return readdirSync(folder, { withFileTypes: true });
	} catch (error) {
		if (isAbsent(error)) return [];
		throw unreadable(folder, error);
	}
}

function kindOf(folder: string, entry: Dirent): 'file' | 'folder' | 'other' {
	if (entry.isFile()) return 'file';
	const found = entry.isSymbolicLink()
		? statSync(join(folder, entry.name), { throwIfNoEntry: false })
		: entry;
	if (found?.isFile()) return 'file';
	return found?.isDirectory() ? 'folder' : 'other';
}

/** Says whether an error of `node:fs` means that there is nothing there. */
export function isAbsent(error: unknown): boolean {
	return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** The error for a file or folder that is there and cannot be read. */
export function unreadable(file: string, cause: unknown): CompanionError {
	return new CompanionError('JOURNAL_INVALID', `${file} cannot be read: ${(cause as Error).message}.`, {
		hint: 'Restore the file from version control, or see who may read it.',
		details: { file },
		cause,
	});
}
