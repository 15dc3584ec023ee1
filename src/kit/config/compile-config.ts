import Module from 'node:module';
import { dirname, join, resolve } from 'node:path';
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
	const cache = join(folder, `${computeChecksum(file).slice(0, 16)}.json`);
	return readFresh(cache)?.code ?? (await compile(file, cache));
}

/** Undefined, too, for what was written about a file that is gone. */
function readFresh(cache: string): Compiled | undefined {
	const compiled = readCached(cache) as Compiled | undefined;
	return compiled?.inputs !== undefined && areUnchanged(compiled.inputs) ? compiled : undefined;
}

async function compile(file: string, cache: string): Promise<string | undefined> {
	const root = dirname(file);
	const result = await bundle(file, root);
	const code = result?.outputFiles[0]?.text;
	if (result === undefined || code === undefined || holdsOwnPlace.test(code)) return undefined;
	const paths = Object.keys(result.metafile.inputs).map((path) => resolve(root, path));
	const inputs = checksumFiles(paths);
	if (inputs !== undefined) writeCached(cache, { inputs, code } satisfies Compiled);
	return code;
}

/** What depends on where a file stands is not the same in another. */
const holdsOwnPlace = /\b(?:__dirname|__filename|import_meta|import\.meta)\b/;

async function bundle(file: string, root: string) {
	const { build } = await import('esbuild');
	const pending = build({
		absWorkingDir: root,
		entryPoints: [file],
		bundle: true,
		packages: 'external',
		platform: 'node',
		format: 'cjs',
		write: false,
		metafile: true,
		logLevel: 'silent',
	});
	// What esbuild refuses, the slower loader explains.
	return await pending.catch(() => undefined);
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
