import { existsSync, realpathSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The project's own file in which loading a schema failed, which may be one that a schema file imports; absolute. Undefined when it was
 * in none of them: in a package, or nobody can tell.
 * @param root the project's folder
 * @param kit the folder of the module that loads: not the project's, even where it is below
 */
export function findFailedFile(
	error: Error,
	{ root, kit }: { readonly root: string; readonly kit: string },
): string | undefined {
	const { message, stack = '' } = error;
	// Node: who asked for the module that is not there, the nearest first.
	const { requireStack = [] } = error as { readonly requireStack?: readonly string[] };
	const unread = listPlaces(message, /^(.+?):\d+:\d+: ERROR: /gm);
	const frames = listPlaces(stack, /(?:\(|at )([^()\n]+):\d+:\d+\)?$/gm);
	return [...requireStack, ...unread, ...frames]
		.map((file) => resolve(root, file.startsWith('file:') ? fileURLToPath(file) : file))
		.find((file) => isOwn(file, root) && !file.startsWith(kit + sep));
}

function listPlaces(text: string, pattern: RegExp): readonly string[] {
	return [...text.matchAll(pattern)].map(([, place = '']) => place);
}

function isOwn(file: string, root: string): boolean {
	const isInside = [root, realpathSync(root)].some((folder) => file.startsWith(folder + sep));
	return isInside && !file.includes(`${sep}node_modules${sep}`) && existsSync(file);
}
