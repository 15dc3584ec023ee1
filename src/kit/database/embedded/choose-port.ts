import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { type Home, readIfPresent, writeHomeFile } from './open-home.ts';

/** The only address that the embedded server listens on. */
export const serverHost = '127.0.0.1';

/**
 * The port of a home: the one chosen before while it is free, else a new one, which is remembered. Chosen below the range
 * that systems give to outgoing connections (32768 on Linux, 49152 elsewhere).
 */
export async function choosePort(home: Home): Promise<number> {
	const remembered = Number(readIfPresent(home.port));
	if (
		Number.isInteger(remembered) &&
		remembered > 1023 &&
		remembered < 65536 &&
		(await isPortFree(remembered))
	) {
		return remembered;
	}
	const port = await findFreePort();
	writeHomeFile(home, home.port, `${port}\n`);
	return port;
}

async function findFreePort(): Promise<number> {
	const port = randomInt(20_000, 32_000);
	return (await isPortFree(port)) ? port : findFreePort();
}

function isPortFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen({ port, host: serverHost, exclusive: true }, () => server.close(() => resolve(true)));
	});
}
