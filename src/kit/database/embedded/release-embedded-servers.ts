import type { EmbeddedServer } from './start-embedded-server.ts';

/** A share that can also be given up while the process exits, when nothing can be awaited any more. */
export interface Share extends EmbeddedServer {
	releaseSync(): void;
}

const shares = new Set<Promise<Share>>();

/** Keeps a share until it is released, so that an interrupted process can give up all that it has. */
export async function rememberShare(pending: Promise<Share>): Promise<Share> {
	releaseAtExit();
	shares.add(pending);
	try {
		const share = await pending;
		settled.set(pending, share);
		return { ...share, release: () => share.release().finally(() => forget(pending)) };
	} catch (error) {
		forget(pending);
		throw error;
	}
}

let isWatchingExit = false;

/** A process that ends without releasing its shares, by `process.exit` or a second Ctrl-C, still gives them up. */
function releaseAtExit(): void {
	if (!isWatchingExit) process.once('exit', releaseEmbeddedServersSync);
	isWatchingExit = true;
}

const settled = new Map<Promise<Share>, Share>();

function forget(pending: Promise<Share>): void {
	shares.delete(pending);
	settled.delete(pending);
}

/**
 * Gives up every share of this process, those still being started included: for the handler of SIGINT and SIGTERM.
 * Servers that nobody else uses have stopped when it resolves.
 */
export async function releaseEmbeddedServers(): Promise<void> {
	const endings = [...shares].map(async (pending) => {
		const [outcome] = await Promise.allSettled([pending]);
		if (outcome.status === 'fulfilled') await outcome.value.release();
		forget(pending);
	});
	await Promise.all(endings);
}

/** The same for the exit of the process: asks servers that nobody else uses to stop, and waits for nothing. */
export function releaseEmbeddedServersSync(): void {
	for (const [pending, share] of settled) {
		share.releaseSync();
		forget(pending);
	}
}
