import module from 'node:module';

/**
 * Lets Node keep what it compiles for the next start, where it can: from Node 22 on. Call it before anything else is loaded;
 * `NODE_DISABLE_COMPILE_CACHE=1` forbids it.
 */
export function keepCompiled(): void {
	const { enableCompileCache } = module as { enableCompileCache?: () => unknown };
	enableCompileCache?.();
}
