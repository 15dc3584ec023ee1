import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type pg from 'pg';

/** What the command told, by `kind`. */
interface Told {
	readonly kind: 'begun' | 'progress' | 'ready' | 'released' | 'failed';
	readonly milliseconds: number;
	readonly message: string;
	readonly code: string;
	readonly hint: string;
	readonly connection: pg.ClientConfig & { readonly port: number };
}

/** A running command. */
export interface RunningCommand {
	readonly child: ChildProcess;
	readonly pid: number;
	/** The first event of the kind; fails when the command fails or ends without it. */
	wait(kind: Told['kind']): Promise<Told>;
	/** Lets it release its server and end. */
	finish(): Promise<Told>;
	/** Makes it call `process.exit`. */
	exit(): Promise<void>;
	/** Kills it and waits for its end. */
	kill(signal: NodeJS.Signals): Promise<void>;
	readonly told: readonly Told[];
}

export interface CommandOptions {
	readonly folder: string;
	readonly account?: { readonly uid: number; readonly gid: number };
	readonly environment?: Readonly<Record<string, string>>;
}

/** Starts the command in a process group of its own. */
export function runCommand(script: string, { folder, account, environment }: CommandOptions): RunningCommand {
	const child = spawn(process.execPath, [script, folder], {
		cwd: '/',
		detached: true,
		stdio: ['pipe', 'pipe', 'inherit'],
		// The test runner's NODE_PATH would let the command find packages that its project does not have.
		env: { ...process.env, NODE_PATH: '', ...environment },
		...account,
	});
	const told: Told[] = [];
	const listeners = new Set<() => void>();
	const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
	createInterface(child.stdout as NodeJS.ReadableStream).on('line', (line) => {
		told.push(JSON.parse(line) as Told);
		for (const listener of listeners) listener();
	});
	child.stdin?.on('error', () => {});

	const wait = (kind: Told['kind']) =>
		new Promise<Told>((resolve, reject) => {
			const look = () => {
				const found = told.find((event) => event.kind === kind);
				const failed = told.find((event) => event.kind === 'failed');
				if (found !== undefined) resolve(found);
				else if (failed !== undefined) reject(new Error(JSON.stringify(failed)));
			};
			listeners.add(look);
			look();
			void ended.then(() => {
				look();
				reject(new Error(`the command ended before it was ${kind}`));
			});
		});
	return {
		child,
		pid: child.pid as number,
		told,
		wait,
		finish: async () => {
			child.stdin?.write('release\n');
			const released = await wait('released');
			await ended;
			return released;
		},
		exit: async () => {
			child.stdin?.write('exit\n');
			await ended;
		},
		kill: async (signal) => {
			child.kill(signal);
			await ended;
		},
	};
}
