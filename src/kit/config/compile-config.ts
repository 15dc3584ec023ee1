import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** A configuration file with what it imports from the project, as one CommonJS text. */
interface Compiled {
	/** SHA-256 of every file that went into it, by absolute path. */
	readonly inputs: Readonly<Record<string, string>>;
	readonly code: string;
}

/**
 * A TypeScript configuration file as one CommonJS text, kept under `node_modules/.cache` and made anew when a file that went into it
 * changes. Starting a TypeScript loader costs more than everything else that a read-only command does.
 * @returns undefined where the compiled form would not behave as the file does
 */
export async function compileConfig(file: string): Promise<string | undefined> {
	const modules = findModules(file);
	if (modules === undefined) return undefined;
	const cache = join(modules, '.cache', 'drizzle-companion', `${hash(file).slice(0, 16)}.json`);
	const compiled = readFresh(cache) ?? (await compile(file, cache));
	return compiled?.code;
}

function findModules(file: string): string | undefined {
	for (let folder = dirname(file); ; folder = dirname(folder)) {
		const modules = join(folder, 'node_modules');
		if (existsSync(modules)) return modules;
		if (dirname(folder) === folder) return undefined;
	}
}

function readFresh(cache: string): Compiled | undefined {
	try {
		const compiled = JSON.parse(readFileSync(cache, 'utf8')) as Compiled;
		const isFresh = Object.entries(compiled.inputs).every(
			([path, checksum]) => hash(readFileSync(path)) === checksum,
		);
		return isFresh ? compiled : undefined;
	} catch {
		// Missing, cut short by a killed run, or about a file that is gone: it is made anew.
		return undefined;
	}
}

async function compile(file: string, cache: string): Promise<Compiled | undefined> {
	const root = dirname(file);
	const result = await bundle(file, root);
	const code = result?.outputFiles[0]?.text;
	if (result === undefined || code === undefined || holdsOwnPlace.test(code)) return undefined;
	const paths = Object.keys(result.metafile.inputs).map((path) => resolve(root, path));
	const compiled = {
		inputs: Object.fromEntries(paths.map((path) => [path, hash(readFileSync(path))])),
		code,
	};
	keep(cache, compiled);
	return compiled;
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

/** A place that cannot be written to costs time, not correctness. */
function keep(cache: string, compiled: Compiled): void {
	try {
		mkdirSync(dirname(cache), { recursive: true });
		const staged = `${cache}.${process.pid}`;
		writeFileSync(staged, JSON.stringify(compiled));
		renameSync(staged, cache);
	} catch (error) {
		if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes((error as NodeJS.ErrnoException).code ?? ''))
			throw error;
	}
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

function hash(content: string | Uint8Array): string {
	return createHash('sha256').update(content).digest('hex');
}
