import { existsSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The project's own file in which loading a schema failed, which may be one that a schema file imports; absolute. Undefined when it was
 * in none of them: in a package, or nobody can tell.
 * @param root what a relative path is relative to
 * @param kit the folder of the module that loads, which is no package while it is developed
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
	const isOwn = (file: string) =>
		!file.includes(`${sep}node_modules${sep}`) && !file.startsWith(kit + sep) && existsSync(file);
	return [...requireStack, ...unread, ...frames]
		.map((file) => resolve(root, file.startsWith('file:') ? fileURLToPath(file) : file))
		.find(isOwn);
}

function listPlaces(text: string, pattern: RegExp): readonly string[] {
	return [...text.matchAll(pattern)].map(([, place = '']) => place);
}
