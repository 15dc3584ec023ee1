import { existsSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CompanionError } from '../errors.ts';
import { compileConfig, evaluateConfig } from './compile-typescript.ts';
import { type Lent, lendEnvironment } from './lend-environment.ts';
import type { Environment } from './read-environment.ts';

/** What a configuration file exports, not yet checked. */
export interface ConfigFile {
	readonly file: string;
	/** drizzle-kit's default export. */
	readonly kit: unknown;
	/** The named export `companion`. */
	readonly companion: unknown;
	/** With what the file added while it was loaded. */
	readonly environment: Environment;
}

const defaultNames = ['drizzle.config.ts', 'drizzle.config.js', 'drizzle.config.mjs', 'drizzle.config.json'];

/**
 * Loads the configuration file as drizzle-kit does: the named one, or the first default name in `root`. It is read anew each
 * time, and finds `environment` in `process.env` while it is.
 * @returns undefined when none was named and none exists
 * @throws CompanionError `CONFIG_INVALID` when the named file is missing or the file fails while loading
 */
export async function loadConfigFile(
	root: string,
	environment: Environment,
	name?: string,
): Promise<ConfigFile | undefined> {
	const file = name === undefined ? findDefault(root) : resolve(root, name);
	if (file === undefined) return undefined;
	if (!existsSync(file)) {
		throw new CompanionError('CONFIG_INVALID', `The configuration file ${name} does not exist in ${root}.`, {
			hint: 'Name an existing file with --config, or leave the option out to use drizzle.config.ts.',
		});
	}
	const loaded = await loadExports(file, environment);
	const { result: exports } = loaded;
	return {
		file,
		kit: defaultExport(exports),
		companion: exports.companion,
		environment: loaded.environment,
	};
}

function findDefault(root: string): string | undefined {
	return defaultNames.map((name) => join(root, name)).find((file) => existsSync(file));
}

type Exports = Readonly<Record<string, unknown>>;

async function loadExports(file: string, environment: Environment): Promise<Lent<Exports>> {
	try {
		if (file.endsWith('.json')) return { result: readJsonObject(file), environment };
		return file.endsWith('.mjs')
			? await importFresh(file, environment)
			: await requireFresh(file, environment);
	} catch (error) {
		throw new CompanionError(
			'CONFIG_INVALID',
			`${file} failed while it was loaded: ${(error as Error).message}`,
			{
				hint: 'Mend the file; `npx drizzle-kit check` loads the same one.',
				cause: error,
			},
		);
	}
}

function readJsonObject(file: string): Exports {
	const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
	if (typeof value !== 'object' || value === null) throw new Error('it holds no object');
	return value as Exports;
}

let loads = 0;

async function importFresh(file: string, environment: Environment): Promise<Lent<Exports>> {
	loads += 1;
	const url = `${pathToFileURL(file).href}?companion=${loads}`;
	return await lendEnvironment(environment, () => import(url) as Promise<Exports>);
}

/** TypeScript, CommonJS and ECMAScript modules alike, read anew each time. */
async function requireFresh(file: string, environment: Environment): Promise<Lent<Exports>> {
	const compiled = file.endsWith('.ts') ? await compileConfig(file) : undefined;
	const load = compiled === undefined ? await loadThroughTsx(file) : () => evaluateConfig(file, compiled);
	return await lendEnvironment(environment, () => {
		const restoreKit = replaceDrizzleKit();
		try {
			return load();
		} finally {
			restoreKit();
		}
	});
}

/** tsx's `require`, which drizzle-kit uses too. */
async function loadThroughTsx(file: string): Promise<() => Exports> {
	const { register } = await import('tsx/cjs/api');
	loads += 1;
	const namespace = `companion-${loads}`;
	return () => {
		const tsx = register({ namespace });
		try {
			return tsx.require(file, import.meta.url) as Exports;
		} finally {
			tsx.unregister();
			forgetModules(namespace);
		}
	};
}

const require = createRequire(import.meta.url);

/** A process that asks again and again must not keep every copy. */
function forgetModules(namespace: string): void {
	for (const name of Object.keys(require.cache)) if (name.includes(namespace)) delete require.cache[name];
}

type Load = (request: string, ...rest: unknown[]) => unknown;

/**
 * Gives configuration files a `defineConfig` without drizzle-kit, which images for production leave out.
 * @see drizzle-kit `defineConfig`, which returns what it is given and is all that the package exports
 */
function replaceDrizzleKit(): () => void {
	const loader = Module as unknown as { _load: Load };
	const original = loader._load;
	loader._load = (request, ...rest) =>
		request === 'drizzle-kit' ? { defineConfig: (config: unknown) => config } : original(request, ...rest);
	return () => {
		loader._load = original;
	};
}

function defaultExport(exports: Exports): unknown {
	const value = exports.default ?? exports;
	return typeof value === 'object' && value !== null && 'default' in value ? value.default : value;
}
