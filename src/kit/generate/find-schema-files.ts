import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join, matchesGlob, resolve, sep } from 'node:path';

/**
 * The files that `schema` of the configuration names, in the order in which drizzle-kit 0.31 reads them: pattern by
 * pattern, sorted within each. A folder stands for the files directly in it, whatever their ending.
 * @see drizzle-kit `prepareFilenames`
 */
export function findSchemaFiles(patterns: readonly string[], root: string): string[] {
	const files = new Set<string>();
	for (const pattern of patterns) {
		for (const path of findPaths(pattern, root)) {
			for (const file of listFiles(path)) files.add(file);
		}
	}
	return [...files];
}

function listFiles(path: string): string[] {
	if (!lstatSync(path).isDirectory()) return [path];
	return readdirSync(path)
		.map((name) => join(path, name))
		.filter((file) => !lstatSync(file).isDirectory());
}

const MAGIC = /[*?[\]{}!()+@]/;

function findPaths(pattern: string, root: string): string[] {
	const literal = resolve(root, pattern);
	if (existsSync(literal)) return [literal];
	const segments = pattern.replaceAll('\\', '/').split('/');
	const firstMagic = segments.findIndex((segment) => MAGIC.test(segment));
	if (firstMagic < 0) return [];
	const base = resolve(
		root,
		segments.slice(0, firstMagic).join('/') || (pattern.startsWith('/') ? '/' : '.'),
	);
	const rest = segments.slice(firstMagic).join('/');
	return listBelow(
		base,
		rest.includes('**') || rest.includes('{') ? Number.POSITIVE_INFINITY : rest.split('/').length,
	)
		.filter((path) => matchesGlob(path.split(sep).join('/'), rest))
		.sort((one, other) => one.localeCompare(other, 'en'))
		.map((path) => join(base, path));
}

/** Every path below a folder, relative to it. Hidden folders and `node_modules` are left alone, links not followed. */
function listBelow(base: string, depth: number, prefix = ''): string[] {
	if (depth < 1 || !existsSync(base)) return [];
	return readdirSync(base, { withFileTypes: true }).flatMap((entry) => {
		const path = join(prefix, entry.name);
		if (!entry.isDirectory() || entry.name === 'node_modules' || entry.name.startsWith('.')) return [path];
		return [path, ...listBelow(join(base, entry.name), depth - 1, path)];
	});
}
