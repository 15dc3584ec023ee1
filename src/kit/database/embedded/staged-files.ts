import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One file or folder of PostgreSQL's programs. */
export interface StagedFile {
	readonly path: string;
	/** What identifies the file: its kind, and its size or target. */
	readonly signature: string;
	readonly isFolder: boolean;
	/** Root's, and nobody else can write to it. */
	readonly isOursAlone: boolean;
}

/** Everything below a folder in a fixed order, without what only linkers of C programs read. */
export function listFiles(root: string): readonly StagedFile[] {
	return readdirSync(root, { recursive: true, encoding: 'utf8' })
		.filter((path) => !path.endsWith('.a'))
		.sort()
		.map((path) => describeFile(path, join(root, path)));
}

function describeFile(path: string, file: string): StagedFile {
	const stat = lstatSync(file);
	const isLink = stat.isSymbolicLink();
	const isOursAlone = stat.uid === 0 && (isLink || (stat.mode & 0o022) === 0);
	const isFolder = stat.isDirectory();
	const content = `file ${stat.size} ${stat.mode & 0o100 ? 'x' : '-'}`;
	return {
		path,
		isFolder,
		isOursAlone,
		signature: isFolder ? 'folder' : isLink ? `link ${readlinkSync(file)}` : content,
	};
}

/** A short name for exactly these files. */
export function digestFiles(files: readonly StagedFile[]): string {
	const digest = createHash('sha256');
	for (const { path, signature } of files) digest.update(`${path}\0${signature}\0`);
	return digest.digest('hex').slice(0, 16);
}

/** Nobody but root can have made what is at this path, or can put something else there. */
export function isSafe(path: string): boolean {
	const folders = [path];
	while (dirname(folders[0] as string) !== folders[0]) folders.unshift(dirname(folders[0] as string));
	return folders.every((folder) => {
		const { uid, mode } = lstatSync(folder);
		const isSticky = folder !== path && (mode & 0o1000) !== 0;
		return uid === 0 && (isSticky || (mode & 0o022) === 0);
	});
}

/** Whether a copy holds exactly these files, out of everybody's reach. */
export function isIntact(native: string, files: readonly StagedFile[]): boolean {
	if (!isSafe(native)) return false;
	const copies = listFiles(native);
	return (
		copies.length === files.length &&
		copies.every(({ path, signature, isOursAlone }, index) => {
			const file = files[index];
			return isOursAlone && path === file?.path && signature === file.signature;
		})
	);
}
