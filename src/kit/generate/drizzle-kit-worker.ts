/**
 * Runs drizzle-kit and the project's schema files in a thread of their own. There `process.exit`, printing to stdout,
 * questions on a terminal and changes to the environment harm nobody: they are caught here and become answers.
 * Started by `openDrizzleKit`, never imported.
 */
import { realpathSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { keepCompiled } from '../config/keep-compiled.ts';
import { loadKept } from '../config/load-kept.ts';
import type { Layout } from '../journal/migration.ts';
import { findFailedFile } from './find-failed-file.ts';
import { findSchemaFiles } from './find-schema-files.ts';
import { type FolderJob, type Hint, runFolderJob } from './folder-engine.ts';

import type { Snapshot } from './snapshot.ts';

/** What the thread is asked to do. */
export type DrizzleKitJob =
	| { readonly kind: 'load'; readonly patterns: readonly string[]; readonly casing: string | undefined }
	| { readonly kind: 'generate'; readonly previous: Snapshot; readonly current: Snapshot }
	| { readonly kind: 'upgrade'; readonly snapshot: unknown }
	| FolderJob;

export type { Hint };

/** What it answers: `output` is the text that drizzle-kit or a schema file wanted to print. */
export type DrizzleKitAnswer =
	| { readonly kind: 'done'; readonly value: unknown; readonly output: string }
	| { readonly kind: 'failed'; readonly failure: DrizzleKitFailure; readonly output: string };

export interface DrizzleKitFailure {
	readonly name: string;
	readonly message: string;
	readonly stack: string;
	/** The file that failed: one that `schema` names, or one of the project's that it imports. */
	readonly file?: string;
	/** True when `process.exit` was called. */
	readonly isExit: boolean;
}

/** What `load` gives back. */
export interface LoadedSchema {
	/** The schema files that were read; absolute. */
	readonly files: readonly string[];
	/** Without ids. */
	readonly snapshot: Omit<Snapshot, 'id' | 'prevId'>;
	/** Different objects that claim one name: drizzle-kit would silently keep the last. */
	readonly duplicates: readonly string[];
}

interface DrizzleKitApi {
	generateDrizzleJson(
		exports: Record<string, unknown>,
		previousId: undefined,
		schemaFilter: undefined,
		casing: string | undefined,
	): Snapshot;
	generateMigration(previous: unknown, current: unknown): Promise<string[]>;
	upPgSnapshot(snapshot: unknown): unknown;
}

class ExitError extends Error {}

/** `base` finds what the companion brings, `kitBase` what the project has. */
interface WorkerData {
	readonly base: string;
	readonly kitBase: string;
	readonly layout: Layout;
	readonly root: string;
	/** Where the project keeps what can be made anew. */
	readonly cache: string | undefined;
}

const { base, kitBase, layout, root, cache } = workerData as WorkerData;
const require = createRequire(kitBase);
let output = '';

/** What drizzle-orm has for other databases, a third of what drizzle-kit loads. */
const foreign = /^drizzle-orm\/(?:mysql|singlestore|sqlite|gel)-core$/;

containProcess();
keepCompiled();
let keepCode: (() => Promise<void>) | undefined;
const api = layout === 'journal' ? openApi() : undefined;

parentPort?.on('message', async (job: DrizzleKitJob) => {
	parentPort?.postMessage(await answer(job));
	// What cannot be kept is compiled again.
	if (job.kind === 'generate') await keepCode?.().catch(() => undefined);
});

async function answer(job: DrizzleKitJob): Promise<DrizzleKitAnswer> {
	output = '';
	try {
		const value = await run(job);
		return { kind: 'done', value, output };
	} catch (error) {
		return { kind: 'failed', failure: describeFailure(error), output };
	}
}

function openApi(): DrizzleKitApi {
	// First: tsx reads whatever is loaded after it, and drizzle-kit is three megabytes.
	const file = realpathSync(require.resolve('drizzle-kit/api'));
	const { result: kit, keep } = withoutForeign(() =>
		loadKept(file, cache, () => require('drizzle-kit/api') as DrizzleKitApi),
	);
	keepCode = keep;
	(createRequire(base)('tsx/cjs/api') as { register(): void }).register();
	return kit;
}

/**
 * Loads something that asks for those at once, makes an object of one of their classes, and with a schema for PostgreSQL never uses any:
 * they are loaded when it does.
 */
function withoutForeign<Loaded>(load: () => Loaded): Loaded {
	const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): object };
	const { _load } = loader;
	let isLoading = true;
	const whileLoading = () => isLoading;
	loader._load = function (this: unknown, request, ...rest) {
		const open = () => Reflect.apply(_load, this, [request, ...rest]);
		return foreign.test(request) ? lazily(open, whileLoading) : open();
	};
	try {
		return load();
	} finally {
		loader._load = _load;
		isLoading = false;
	}
}

/** Stands for what `open` gives, and opens it when something is asked for that cannot wait. */
function lazily(open: () => object, mayWait: () => boolean): object {
	let opened: object | undefined;
	const openOnce = () => {
		opened ??= open();
		return opened;
	};
	return new Proxy(class {}, {
		get: (_target, key) => {
			const read = () => Reflect.get(openOnce(), key);
			return mayWait() ? lazily(read, mayWait) : read();
		},
		has: (_target, key) => Reflect.has(openOnce(), key),
		construct: (_target, values) => {
			const make = () => Reflect.construct(openOnce() as new () => object, values);
			return mayWait() ? lazily(make, mayWait) : make();
		},
	});
}

function requireApi(): DrizzleKitApi {
	if (api === undefined) throw new Error('this job is for drizzle-kit 0.x');
	return api;
}

async function run(job: DrizzleKitJob): Promise<unknown> {
	if (layout === 'folders') return await runFolderJob(job, { require, root });
	switch (job.kind) {
		case 'load':
			return load(job.patterns, job.casing);
		case 'generate':
			return requireApi().generateMigration(job.previous, job.current);
		case 'upgrade':
			return requireApi().upPgSnapshot(job.snapshot);
		default:
			throw new Error(`${job.kind} is for drizzle-kit 1.0`);
	}
}

function load(patterns: readonly string[], casing: string | undefined): LoadedSchema {
	const files = findSchemaFiles(patterns, root);
	const exported = new Map<unknown, string>();
	for (const file of files) {
		for (const [name, value] of Object.entries(requireSchemaFile(file))) {
			if (isObjectLike(value) && !exported.has(value)) exported.set(value, `${name} in ${file}`);
		}
	}
	output = ''; // what schema files print is theirs; from here on it is drizzle-kit that speaks
	const values = [...exported.keys()];
	const { id: _id, prevId: _prevId, ...snapshot } = toSnapshot(values, casing);
	return { files, snapshot, duplicates: findDuplicates(exported, casing) };
}

function requireSchemaFile(file: string): Record<string, unknown> {
	try {
		const exports: unknown = require(file);
		return isObjectLike(exports) ? (exports as Record<string, unknown>) : {};
	} catch (error) {
		throw Object.assign(error instanceof Error ? error : new Error(String(error)), { schemaFile: file });
	}
}

function isObjectLike(value: unknown): boolean {
	return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** As drizzle-kit writes it to a file: plain JSON. A `bigint` default, which JSON cannot hold, becomes its digits. */
function toSnapshot(values: readonly unknown[], casing: string | undefined): Snapshot {
	const exports = Object.fromEntries(values.map((value, index) => [`export${index}`, value]));
	const snapshot = requireApi().generateDrizzleJson(exports, undefined, undefined, casing);
	return JSON.parse(
		JSON.stringify(snapshot, (_key, value) => {
			if (typeof value !== 'bigint') return value;
			return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
		}),
	);
}

function findDuplicates(exported: ReadonlyMap<unknown, string>, casing: string | undefined): string[] {
	const { is } = require('drizzle-orm') as typeof import('drizzle-orm');
	const { PgTable, isPgEnum, isPgSequence } =
		require('drizzle-orm/pg-core') as typeof import('drizzle-orm/pg-core');
	const seen = new Map<string, { where: string; definition: string }>();
	const duplicates: string[] = [];
	for (const [value, where] of exported) {
		if (!is(value, PgTable) && !isPgEnum(value) && !isPgSequence(value)) continue;
		const { tables, enums, sequences } = toSnapshot([value], casing);
		for (const [kind, objects] of Object.entries({ table: tables, enum: enums, sequence: sequences })) {
			for (const [key, object] of Object.entries(objects)) {
				const definition = JSON.stringify(object);
				const other = seen.get(`${kind} ${key}`);
				if (other !== undefined && other.definition !== definition)
					duplicates.push(`${kind} ${key}: ${other.where} and ${where}`);
				seen.set(`${kind} ${key}`, { where, definition });
			}
		}
	}
	return duplicates;
}

function describeFailure(error: unknown): DrizzleKitFailure {
	const thrown = error instanceof Error ? error : new Error(String(error));
	const file =
		findFailedFile(thrown, { root, kit: dirname(fileURLToPath(base)) }) ??
		(thrown as { schemaFile?: string }).schemaFile;
	return {
		name: thrown.name,
		message: thrown.message,
		stack: thrown.stack ?? thrown.message,
		isExit: thrown instanceof ExitError,
		...(file === undefined ? {} : { file }),
	};
}

/**
 * Makes this thread's `process` harmless, and gives it the terminal that drizzle-kit insists on. Renames are taken out of
 * the snapshots before drizzle-kit sees them, so every question it still has is answered with its first choice, "create".
 */
function containProcess(): void {
	process.cwd = () => root;
	process.removeAllListeners('warning');
	process.exit = ((code?: number) => {
		throw new ExitError(`process.exit(${code ?? ''})`);
	}) as typeof process.exit;
	Object.defineProperty(process.stdin, 'isTTY', { value: true });
	Object.defineProperty(process.stdout, 'isTTY', { value: true });
	Object.defineProperty(process.stdin, 'setRawMode', { value: () => process.stdin });
	const collect = (chunk: unknown) => {
		output += String(chunk);
		setImmediate(() => process.stdin.emit('keypress', '\r', { name: 'return' }));
		return true;
	};
	process.stdout.write = collect;
	process.stderr.write = collect;
	for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const)
		console[method] = (...parts: unknown[]) => collect(`${parts.join(' ')}\n`);
}
