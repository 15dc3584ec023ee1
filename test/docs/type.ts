import { runProgram } from '../harness/run-script.ts';
import type { Prepared } from './prepare-project.ts';

/**
 * Types commands in a project, as bash takes them.
 * @throws Error with what they printed when one of them fails
 */
export async function type(commands: string, { root, env }: Prepared): Promise<void> {
	const result = await runProgram('bash', ['-euo', 'pipefail', '-c', commands], { cwd: root, env });
	if (result.exitCode !== 0)
		throw new Error(`${commands}\nexits with ${result.exitCode}:\n${result.stdout}\n${result.stderr}`);
}
