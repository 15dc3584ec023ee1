import { spawn } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import type { Contender } from './contender.ts';

/** What one run cost. */
export interface Cost {
	readonly milliseconds: number;
	/** What it printed on stderr. */
	readonly stderr: string;
}

/**
 * Prepares and runs a contender once.
 * @throws Error with what it printed, when it failed
 */
export async function runContender(contender: Contender): Promise<Cost> {
	const { name, command, cwd, env, prepare, exitCodes = [0] } = contender;
	const [program, ...given] = command;
	await prepare?.();
	const started = performance.now();
	const child = spawn(program, given, {
		cwd,
		env: { ...process.env, ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const printed: Buffer[] = [];
	const errors: Buffer[] = [];
	child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
	child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
	const code = await new Promise<number | null>((done, fail) =>
		child.once('error', fail).once('close', done),
	);
	const milliseconds = performance.now() - started;
	const stderr = Buffer.concat(errors).toString();
	if (code !== null && exitCodes.includes(code)) return { milliseconds, stderr };
	throw new Error(
		`${name} ended with ${code}: ${(stderr + Buffer.concat(printed).toString()).slice(-2_000)}`,
	);
}
