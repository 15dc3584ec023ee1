import type { Environment } from './read-environment.ts';

/** What was done, and the environment as it was left behind. */
export interface Lent<Result> {
	readonly result: Result;
	readonly environment: Environment;
}

/**
 * Does something while the process has another environment, for code that reads `process.env`. Whatever that code adds
 * (`import 'dotenv/config'`) is in `environment` afterwards, and the process's own is as it was before.
 * What is asynchronous must not overlap with another loan.
 */
export async function lendEnvironment<Result>(
	environment: Environment,
	work: () => Result | Promise<Result>,
): Promise<Lent<Result>> {
	const own = { ...process.env };
	replaceEnvironment(environment);
	try {
		const pending = work();
		const result = pending instanceof Promise ? await pending : pending;
		return { result, environment: { ...process.env } };
	} finally {
		replaceEnvironment(own);
	}
}

function replaceEnvironment(environment: Environment): void {
	for (const name of Object.keys(process.env)) if (environment[name] === undefined) delete process.env[name];
	for (const [name, value] of Object.entries(environment)) {
		if (value !== undefined && process.env[name] !== value) process.env[name] = value;
	}
}
