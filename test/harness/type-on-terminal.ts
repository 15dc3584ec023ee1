import { spawn } from 'node:child_process';
import type { ScriptResult, ScriptRun } from './run-script.ts';

/**
 * Runs a command on a terminal, which `script` makes, and types the next answer whenever a question is asked. What it prints comes on
 * stdout, with what was typed, as a person would see it.
 */
export async function typeOnTerminal(
	command: string,
	answers: readonly string[],
	{ cwd, env = {} }: Pick<ScriptRun, 'cwd' | 'env'>,
): Promise<ScriptResult> {
	const args =
		process.platform === 'darwin'
			? ['-q', '/dev/null', 'bash', '-c', command]
			: ['-qfec', command, '/dev/null'];
	const child = spawn('script', args, {
		cwd,
		env: { ...process.env, ...env, NO_COLOR: '1', TERM: 'dumb' },
	});
	let stdout = '';
	let answered = 0;
	let seen = 0;
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		stdout += text;
		const answer = answers[answered];
		if (answer === undefined || !/[:?>\]] $/.test(stdout.slice(seen))) return;
		seen = stdout.length;
		answered += 1;
		child.stdin.write(`${answer}\n`);
	});
	const exitCode = await new Promise<number | null>((resolve, reject) => {
		child.on('error', reject);
		child.on('close', resolve);
	});
	return { stdout, stderr: '', exitCode: exitCode ?? undefined };
}
