import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { compileOwn } from '../config/compile-typescript.ts';
import { locateCache } from '../config/project-cache.ts';
import { readEnvironment } from '../config/read-environment.ts';
import { CompanionError } from '../errors.ts';
import type { Layout } from '../journal/migration.ts';
import type { DrizzleKitAnswer, DrizzleKitFailure, DrizzleKitJob } from './drizzle-kit-worker.ts';
import { locateDrizzleKit } from './locate-drizzle-kit.ts';

/** drizzle-kit in a thread of its own. One job at a time; the caller closes it. */
export interface DrizzleKit {
	/** The layout that this drizzle-kit writes: `folders` for 1.0. */
	readonly layout: Layout;
	/** What tells it from another version; undefined where it is not installed. */
	readonly identity: string | undefined;
	/** The answer of one job. @throws CompanionError `GENERATE_FAILED` when the thread itself dies. */
	run(job: DrizzleKitJob): Promise<DrizzleKitAnswer>;
	/** Idempotent. */
	close(): Promise<void>;
}

interface StartedKit {
	readonly kit: DrizzleKit;
	readonly worker: Worker;
}

/** Threads that nobody has opened yet, by their project's folder. */
const started = new Map<string, StartedKit>();

/**
 * Starts the thread before it is known whether it will be needed: the next `openDrizzleKit` for this folder takes it. Until then it
 * keeps no process from ending.
 */
export function startDrizzleKit(root: string): void {
	if (started.has(root)) return;
	const start = startThread(root);
	start.worker.unref();
	started.set(root, start);
}

/**
 * Starts the thread in which drizzle-kit is loaded, about 300 ms; jobs may be given at once.
 * `root` is what drizzle-kit and the schema files see as the working directory.
 */
export function openDrizzleKit(root: string): DrizzleKit {
	const { kit, worker } = started.get(root) ?? startThread(root);
	started.delete(root);
	worker.ref();
	return kit;
}

function startThread(root: string): StartedKit {
	const { layout, base: kitBase, entry } = locateDrizzleKit(root, import.meta.url);
	const { code, base } = locateWorker();
	const worker = new Worker(code, {
		eval: true,
		execArgv: [],
		env: readEnvironment(root),
		stdout: true,
		stderr: true,
		resourceLimits: { maxYoungGenerationSizeMb: roomForLoading },
		workerData: { base, kitBase, layout, root, cache: locateCache(root) },
	});
	const death = new Promise<never>((_resolve, reject) => {
		worker.once('error', (cause) => reject(createDeathError(cause)));
		worker.once('exit', () => reject(createDeathError(undefined)));
	});
	death.catch(() => undefined); // whoever asks next gets it
	const kit: DrizzleKit = {
		layout,
		identity: entry === undefined ? undefined : identifyFile(entry),
		run: (job) => Promise.race([ask(worker, job), death]),
		close: async () => void (await worker.terminate()),
	};
	return { kit, worker };
}

function identifyFile(file: string): string {
	const { size, mtimeMs } = statSync(file);
	return `${file} ${size} ${mtimeMs}`;
}

/** Loading makes much that is soon forgotten: with more room than the default, a sixth of the time is saved. Megabytes. */
const roomForLoading = 64;

interface OwnModule {
	/** What runs in the thread. */
	readonly code: string;
	/** Where it stands, as a URL: what the companion brings is found from there. */
	readonly base: string;
}

/**
 * The thread's module: as it is in the published package; while it is TypeScript as one text, since a loader in the thread costs half as much
 * as drizzle-kit.
 */
function locateWorker(): OwnModule {
	const isTypeScript = import.meta.url.endsWith('.ts');
	const url = new URL(isTypeScript ? './drizzle-kit-worker.ts' : './drizzle-kit-worker.js', import.meta.url);
	const code = isTypeScript ? compileOwn(fileURLToPath(url)) : `import(${JSON.stringify(url.href)});`;
	return { code, base: url.href };
}

function ask(worker: Worker, job: DrizzleKitJob): Promise<DrizzleKitAnswer> {
	return new Promise((resolve) => {
		worker.once('message', resolve);
		worker.postMessage(job);
	});
}

function createDeathError(cause: unknown): CompanionError {
	return new CompanionError('GENERATE_FAILED', 'drizzle-kit stopped before it answered.', {
		cause,
		hint: 'A schema file may end the process or run out of memory while it is loaded: schema files should only declare.',
	});
}

/** An error with the name, message and stack that were caught in the thread. */
export function toError(failure: DrizzleKitFailure): Error {
	const error = new Error(failure.message);
	error.name = failure.name;
	error.stack = failure.stack;
	return error;
}
