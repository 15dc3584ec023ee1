import Module, { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type * as Esbuild from 'esbuild';
import { computeChecksum } from '../journal/checksum.ts';
import { areUnchanged, type Checksums, checksumFiles } from './checksum-files.ts';
import { locateCache, readCached, writeCached } from './project-cache.ts';

/** A TypeScript file with what it imports from its project, as one CommonJS text. */
interface Compiled {
	/** Every file that went into it. */
	readonly inputs: Checksums;
	readonly code: string;
}

/**
 * A TypeScript configuration file as one CommonJS text, kept under `node_modules/.cache` and made anew when a file that went into it
 * changes. Starting a TypeScript loader costs more than everything else that a read-only command does.
 * @returns undefined where the compiled form would not behave as the file does
 */
export async function compileConfig(file: string): Promise<string | undefined> {
	const cache = locateKept(file);
	if (cache === undefined) return undefined;
	const known = readFresh(cache);
	if (known !== undefined) return known;
	const { build } = await import('esbuild');
	// What esbuild refuses, the slower loader explains.
	const built = await build(howToBundle(file)).catch(() => undefined);
	return built && keep(built, { file, cache });
}

/**
 * The same at once, for a file of the companion's own while it is TypeScript itself.
 * @throws Error what esbuild says; the file would not behave as it does elsewhere
 */
export function compileOwn(file: string): string {
	const cache = locateKept(file);
	const known = cache && readFresh(cache);
	if (known !== undefined) return known;
	const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
	const code = keep(buildSync(howToBundle(file)), { file, cache });
	if (code === undefined)
		throw new Error(`${file} depends on where it stands, and is compiled to stand elsewhere.`);
	return code;
}

function locateKept(file: string): string | undefined {
	const folder = locateCache(dirname(file));
	return folder && join(folder, `${computeChecksum(file).slice(0, 16)}.json`);
}

/** Undefined, too, for what was written about a file that is gone. */
function readFresh(cache: string): string | undefined {
	const compiled = readCached(cache) as Compiled | undefined;
	return compiled?.inputs !== undefined && areUnchanged(compiled.inputs) ? compiled.code : undefined;
}

/** What depends on where a file stands is not the same in another. */
const holdsOwnPlace = /\b(?:__dirname|__filename|import_meta|import\.meta)\b/;

function keep(
	{ outputFiles, metafile }: Esbuild.BuildResult<ReturnType<typeof howToBundle>>,
	{ file, cache }: { readonly file: string; readonly cache: string | undefined },
): string | undefined {
	const code = outputFiles[0]?.text;
	if (code === undefined || holdsOwnPlace.test(code)) return undefined;
	const inputs = checksumFiles(Object.keys(metafile.inputs).map((path) => resolve(dirname(file), path)));
	if (cache !== undefined && inputs !== undefined) writeCached(cache, { inputs, code } satisfies Compiled);
	return code;
}

function howToBundle(file: string) {
	return {
		absWorkingDir: dirname(file),
		entryPoints: [file],
		bundle: true,
		packages: 'external',
		platform: 'node',
		format: 'cjs',
		write: false,
		metafile: true,
		logLevel: 'silent',
	} satisfies Esbuild.BuildOptions;
}

type CompilingModule = Module & { _compile(code: string, file: string): void };
type ModuleClass = { new (id: string): CompilingModule; _nodeModulePaths(folder: string): string[] };

/** Runs a compiled configuration file as if it stood where the file stands. */
export function evaluateConfig(file: string, code: string): Record<string, unknown> {
	const Class = Module as unknown as ModuleClass;
	const module = new Class(file);
	module.filename = file;
	module.paths = Class._nodeModulePaths(dirname(file));
	module._compile(code, file);
	return module.exports as Record<string, unknown>;
}
