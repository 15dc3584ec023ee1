/** What `process.exit` throws in a contained thread. */
export class ExitError extends Error {}

export interface Containment {
	/** What drizzle-kit and the schema files see as the working directory. */
	readonly root: string;
	/** Takes what they want to print. */
	readonly onOutput: (text: string) => void;
}

/**
 * Makes this thread's `process` harmless, and gives it the terminal that drizzle-kit insists on. Every question that drizzle-kit still
 * has is answered with its first choice, "create".
 */
export function containProcess({ root, onOutput }: Containment): void {
	process.cwd = () => root;
	process.removeAllListeners('warning');
	process.exit = ((code?: number) => {
		throw new ExitError(`process.exit(${code ?? ''})`);
	}) as typeof process.exit;
	Object.defineProperty(process.stdin, 'isTTY', { value: true });
	Object.defineProperty(process.stdout, 'isTTY', { value: true });
	Object.defineProperty(process.stdin, 'setRawMode', { value: () => process.stdin });
	const collect = (chunk: unknown) => {
		onOutput(String(chunk));
		setImmediate(() => process.stdin.emit('keypress', '\r', { name: 'return' }));
		return true;
	};
	process.stdout.write = collect;
	process.stderr.write = collect;
	for (const method of ['log', 'info', 'debug', 'warn', 'error'] as const)
		console[method] = (...parts: unknown[]) => collect(`${parts.join(' ')}\n`);
}
