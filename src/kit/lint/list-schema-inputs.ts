import { existsSync, readFileSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';

/**
 * Every file that decides what schema files export: they themselves, what they import from the project, and the entries of the packages that
 * they import, each with its `package.json`.
 * @returns undefined where something else may decide: the environment, a file read while loading, a package that lives in a workspace
 */
export async function listSchemaInputs(
	files: readonly string[],
	root: string,
): Promise<readonly string[] | undefined> {
	if (files.length === 0) return [];
	const metafile = await traceImports(files, root);
	if (metafile === undefined) return undefined;
	const own = Object.keys(metafile.inputs).map((path) => resolve(root, path));
	if (own.some((file) => !existsSync(file) || looksElsewhere.test(readFileSync(file, 'utf8'))))
		return undefined;
	const names = new Set(
		Object.values(metafile.inputs)
			.flatMap(({ imports }) => imports)
			.filter(({ external }) => external)
			.map(({ path }) => path),
	);
	const packages = [...names].map((name) => locatePackage(name, root));
	if (packages.some((located) => located === undefined)) return undefined;
	return [...own, ...packages.flatMap((located) => located ?? [])];
}

/** What a module may ask beside its imports while it is loaded. */
const looksElsewhere =
	/\bprocess\b|\bimport\.meta\b|\brequire\b|\beval\b|\bglobalThis\b|\bimport\s*\(|\breadFile|\bfetch\b/;

/** esbuild follows the imports as the TypeScript loader does. What it refuses is loaded the slower way, which explains it. */
async function traceImports(files: readonly string[], root: string) {
	const { build } = await import('esbuild');
	const pending = build({
		absWorkingDir: root,
		entryPoints: [...files],
		outdir: root,
		bundle: true,
		packages: 'external',
		platform: 'node',
		format: 'esm',
		write: false,
		metafile: true,
		logLevel: 'silent',
	});
	return await pending.then(
		({ metafile }) => metafile,
		() => undefined,
	);
}

const harmless: ReadonlySet<string> = new Set(['crypto', 'util', 'buffer', 'url']);

/** The files that stand for a package; none for a module of node's own that answers the same to everybody. */
function locatePackage(name: string, root: string): readonly string[] | undefined {
	const plain = name.replace(/^node:/, '');
	if (name.startsWith('node:') || builtinModules.includes(plain)) return harmless.has(plain) ? [] : undefined;
	try {
		const entry = createRequire(join(root, 'package.json')).resolve(name);
		// A package of the workspace is linked, and resolved to where its sources are.
		if (!entry.includes(`${sep}node_modules${sep}`)) return undefined;
		return [entry, ...findManifest(entry)];
	} catch {
		return undefined;
	}
}

function findManifest(entry: string): readonly string[] {
	const parts = entry.split(sep);
	const start = parts.lastIndexOf('node_modules') + 1;
	const depth = parts[start]?.startsWith('@') ? 2 : 1;
	return [join(dirname(entry).startsWith(sep) ? sep : '', ...parts.slice(0, start + depth), 'package.json')];
}
