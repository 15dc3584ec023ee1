// A command that holds an embedded server: started as a process by the tests.
import { createInterface } from 'node:readline';
import {
	releaseEmbeddedServers,
	releaseEmbeddedServersSync,
} from '../../../src/kit/database/embedded/release-embedded-servers.ts';
import { startEmbeddedServer } from '../../../src/kit/database/embedded/start-embedded-server.ts';

const [folder = ''] = process.argv.slice(2);
const tell = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`);

process.on('exit', releaseEmbeddedServersSync);
process.on('SIGINT', async () => {
	await releaseEmbeddedServers();
	process.exit(130);
});

const start = performance.now();
tell({ kind: 'begun' });
try {
	const server = await startEmbeddedServer({
		folder,
		onProgress: ({ message }) => tell({ kind: 'progress', message }),
	});
	tell({ kind: 'ready', milliseconds: performance.now() - start, connection: server.connection });
	for await (const line of createInterface(process.stdin)) {
		if (line === 'exit') process.exit(0);
		const releasing = performance.now();
		await server.release();
		tell({ kind: 'released', milliseconds: performance.now() - releasing });
		break;
	}
} catch (error) {
	const { code, message, hint, details } = error as Error & {
		code?: string;
		hint?: string;
		details?: unknown;
	};
	tell({ kind: 'failed', code, message, hint, details });
}
process.stdin.destroy();
