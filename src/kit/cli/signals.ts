/** The signals that ask a command to stop. */
export interface Signals {
	/** Aborted when one came. */
	readonly signal: AbortSignal;
	/** Stops listening. */
	release(): void;
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const echoMilliseconds = 700;

/**
 * Turns SIGINT, SIGTERM and SIGHUP into an abort, so that the running statement is cancelled and the database left in a known
 * state. A second signal ends the process at once; one that follows immediately is the same key press, which reaches the process from the
 * terminal and again from the programs that started it (tsx, pnpm).
 */
export function catchSignals(): Signals {
	const controller = new AbortController();
	let first = 0;
	const listeners = Object.entries(exitCodes).map(([name, exitCode]) => {
		const listener = () => {
			if (controller.signal.aborted && performance.now() - first < echoMilliseconds) return;
			if (controller.signal.aborted) process.exit(exitCode);
			first = performance.now();
			process.exitCode = exitCode;
			controller.abort();
		};
		process.on(name, listener);
		return [name, listener] as const;
	});
	return {
		signal: controller.signal,
		release: () => {
			for (const [name, listener] of listeners) process.off(name, listener);
		},
	};
}
