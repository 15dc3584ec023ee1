import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import vm from 'node:vm';

/** What was loaded. */
export interface LoadedOnce<Result> {
	readonly result: Result;
	/** Keeps what has been compiled by now, functions that ran included. */
	keep(): Promise<void>;
}

/**
 * Loads something that requires one large CommonJS file, with what an earlier start has compiled of it. For Node before 22: later ones do
 * so by themselves. `NODE_DISABLE_COMPILE_CACHE=1` forbids both.
 * @param file with links resolved
 * @param folder where it is kept; undefined: nowhere
 */
export function loadKept<Result>(
	file: string,
	folder: string | undefined,
	load: () => Result,
): LoadedOnce<Result> {
	const isForbidden = 'enableCompileCache' in Module || process.env.NODE_DISABLE_COMPILE_CACHE === '1';
	if (folder === undefined || isForbidden) return { result: load(), keep: async () => undefined };
	const compiler = Module.prototype as unknown as Compiler;
	const { _compile: compile } = compiler;
	let compiled: Compiled | undefined;
	compiler._compile = function (content, name, ...rest) {
		if (name !== file) return compile.call(this, content, name, ...rest);
		compiled = compileKept(file, content, folder);
		const run = compiled.script.runInThisContext() as ModuleWrapper;
		return run.call(this.exports, this.exports, createRequire(file), this, file, dirname(file));
	};
	try {
		return { result: load(), keep: async () => await compiled?.keep() };
	} finally {
		compiler._compile = compile;
	}
}

interface Compiler {
	_compile(this: NodeModule, content: string, file: string, ...rest: unknown[]): unknown;
}

type ModuleWrapper = (
	exports: unknown,
	require: NodeJS.Require,
	module: NodeModule,
	file: string,
	folder: string,
) => unknown;

interface Compiled {
	readonly script: vm.Script;
	keep(): Promise<void>;
}

function compileKept(file: string, content: string, folder: string): Compiled {
	const { versions, arch } = process;
	const key = digest([content, versions.node, versions.v8, arch].join('\n')).toString('hex').slice(0, 32);
	const cache = join(folder, `code-${key}.bin`);
	const cachedData = readWhole(cache);
	const { USE_MAIN_CONTEXT_DEFAULT_LOADER: importModuleDynamically } = vm.constants ?? {};
	const script = new vm.Script(Module.wrap(content), {
		filename: file,
		...(cachedData === undefined ? {} : { cachedData }),
		...(importModuleDynamically === undefined ? {} : { importModuleDynamically }),
	});
	const isKept = cachedData !== undefined && script.cachedDataRejected !== true;
	return { script, keep: async () => (isKept ? undefined : await writeWhole(cache, script)) };
}

const digestLength = 32;

function digest(content: string | Uint8Array): Buffer {
	return createHash('sha256').update(content).digest();
}

/** Undefined when there is none, or not as it was written: V8 itself would not notice. */
function readWhole(file: string): Buffer | undefined {
	try {
		const bytes = readFileSync(file);
		const code = bytes.subarray(digestLength);
		return digest(code).equals(bytes.subarray(0, digestLength)) ? code : undefined;
	} catch {
		return undefined;
	}
}

/** In the place of what other versions have left. */
async function writeWhole(file: string, script: vm.Script): Promise<void> {
	const { writeCachedBytes } = await import('./project-cache.ts');
	const code = script.createCachedData();
	writeCachedBytes(file, Buffer.concat([digest(code), code]));
	const folder = dirname(file);
	for (const name of readdirSync(folder).filter((each) => /^code-.*\.bin$/.test(each)))
		if (join(folder, name) !== file) rmSync(join(folder, name), { force: true });
}
