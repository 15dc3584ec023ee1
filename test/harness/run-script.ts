import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { inject } from 'vitest';
import { repository } from './repository.ts';

export interface ScriptRun {
	/** The project's folder. */
	readonly cwd: string;
	/** On top of this process's environment, from which everything that would change a result is taken out. */
	readonly env?: Readonly<Record<string, string>>;
	/** What stands on its stdin; it is no terminal. */
	readonly input?: string;
	/** Sends a signal when stderr or stdout matches for the first time. */
	readonly signalOn?: { readonly pattern: RegExp; readonly signal: NodeJS.Signals };
}

export interface ScriptResult {
	readonly stdout: string;
	readonly stderr: string;
	/** 128 + the signal's number is not invented: undefined when a signal ended it. */
	readonly exitCode: number | undefined;
}

const dropped =
	/^(?:DATABASE_URL|SHADOW_DATABASE_URL|NODE_ENV|NODE_OPTIONS|NO_COLOR|FORCE_COLOR|VITEST.*|PG[A-Z]+)$/;

/** One of the repository's scripts, bundled, for node. */
export function locateScript(name: string): string {
	return join(inject('kit'), 'dist/scripts', `${name}.js`);
}

/** Runs it, and waits for it. */
export async function runScript(
	name: string,
	args: readonly string[],
	run: ScriptRun,
): Promise<ScriptResult> {
	return await runProgram(process.execPath, [locateScript(name), ...args], run);
}

/** The same with tsx, as `pnpm db:<name>` does. */
export async function runSource(
	name: string,
	args: readonly string[],
	run: ScriptRun,
): Promise<ScriptResult> {
	return await runProgram(
		join(repository, 'node_modules/.bin/tsx'),
		[join(repository, 'scripts', `${name}.ts`), ...args],
		run,
	);
}

/** Runs any program in a project. */
export async function runProgram(
	program: string,
	args: readonly string[],
	{ cwd, env = {}, input = '', signalOn }: ScriptRun,
): Promise<ScriptResult> {
	const kept = Object.entries(process.env).filter(([name]) => !dropped.test(name));
	const child = spawn(program, args, { cwd, env: { ...Object.fromEntries(kept), ...env } });
	const output = { stdout: '', stderr: '' };
	for (const name of ['stdout', 'stderr'] as const) {
		child[name].setEncoding('utf8').on('data', (text: string) => {
			const isNew = signalOn !== undefined && !signalOn.pattern.test(output.stderr + output.stdout);
			output[name] += text;
			if (isNew && signalOn.pattern.test(output.stderr + output.stdout)) child.kill(signalOn.signal);
		});
	}
	child.stdin.on('error', () => {});
	child.stdin.end(input);
	const exitCode = await new Promise<number | null>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	return { ...output, exitCode: exitCode ?? undefined };
}

/** The one JSON document that stdout must hold. */
export function readJson<Document = Record<string, unknown>>({ stdout }: ScriptResult): Document {
	return JSON.parse(stdout) as Document;
}
