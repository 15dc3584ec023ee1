import { once } from 'node:events';
import { loadConfig } from '../config/load-config.ts';
import { embeddedFolder } from '../database/embedded-folder.ts';
import type { ProjectOptions } from './project-options.ts';

export interface ServerOptions extends ProjectOptions {
	/** Told when the server takes connections. */
	readonly onReady: (url: string) => void;
	/** The server is given up when it is aborted. */
	readonly signal: AbortSignal;
}

/** Starts or joins the project's embedded server and keeps it up until the signal. */
export async function serveEmbedded({ onReady, signal, ...options }: ServerOptions): Promise<void> {
	const config = await loadConfig(options);
	const { startEmbeddedServer } = await import('../database/embedded/start-embedded-server.ts');
	const server = await startEmbeddedServer({
		folder: embeddedFolder(config),
		...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
	});
	try {
		onReady(server.url);
		await waitForAbort(signal);
	} finally {
		await server.release();
	}
}

/** Waiting for a signal does not keep a process up; a timer does. */
async function waitForAbort(signal: AbortSignal): Promise<void> {
	const timer = setInterval(() => {}, 60_000);
	if (!signal.aborted) await once(signal, 'abort');
	clearInterval(timer);
}
