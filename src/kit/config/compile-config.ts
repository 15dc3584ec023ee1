import Module, { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import type * as Esbuild from 'esbuild';
import { computeChecksum } from '../journal/checksum.ts';
import { areUnchanged, type Checksums, checksumFiles } from './checksum-files.ts';
import { locateCache, readCached, writeCached } from './project-cache.ts';

/** A configuration file with what it imports from the project, as one CommonJS text. */
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
	const folder = locateCache(dirname(file));
	if (folder === undefined) return undefined;
	const cache = nameCached(folder, file);
	return readFresh(cache)?.code ?? (await compile(file, cache));
}

function nameCached(folder: string, file: string): string {
	return join(folder, `${computeChecksum(file).slice(0, 16)}.json`);
}

/** Undefined, too, for what was written about a file that is gone. */
function readFresh(cache: string): Compiled | undefined {
	const compiled = readCached(cache) as Compiled | undefined;
	return compiled?.inputs !== undefined && areUnchanged(compiled.inputs) ? compiled : undefined;
}

async function compile(file: string, cache: string): Promise<string | undefined> {
	const { build } = await import('esbuild');
	// What esbuild refuses, the slower loader explains.
	const built = await build(howToBundle(file)).catch(() => undefined);
	const code = built?.outputFiles[0]?.text;
	if (built === undefined || code === undefined || holdsOwnPlace.test(code)) return undefined;
	keep(cache, { file, code, inputs: built.metafile.inputs });
	return code;
}

/** What depends on where a file stands is not the same in another. */
const holdsOwnPlace = /\b(?:__dirname|__filename|import_meta|import\.meta)\b/;

/**
 * The same at once, for a file of the companion's own while it is TypeScript itself; it may not depend on where it stands.
 * @throws Error what esbuild says
 */
export function compileOwn(file: string): string {
	const folder = locateCache(dirname(file));
	const cache = folder && nameCached(folder, file);
	const known = cache === undefined ? undefined : readFresh(cache)?.code;
	if (known !== undefined) return known;
	const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild;
	const built = buildSync(howToBundle(file));
	const code = built.outputFiles[0]?.text ?? '';
	if (cache !== undefined) keep(cache, { file, code, inputs: built.metafile.inputs });
	return code;
}

function keep(
	cache: string,
	{ file, code, inputs }: { readonly file: string; readonly code: string; readonly inputs: object },
): void {
	const checksums = checksumFiles(Object.keys(inputs).map((path) => resolve(dirname(file), path)));
	if (checksums !== undefined) writeCached(cache, { inputs: checksums, code } satisfies Compiled);
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
