import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Runs one statement on the server and ends the session. */
export async function ask(
	connection: pg.ClientConfig,
	text: string,
): Promise<readonly Record<string, unknown>[]> {
	const client = new pg.Client(connection);
	client.on('error', () => {});
	await client.connect();
	try {
		return (await client.query(text)).rows;
	} finally {
		await client.end();
	}
}

/** The number of the server's process, or undefined when it was stopped in good order. */
export function readServerPid(folder: string): number | undefined {
	const path = join(folder, 'data', 'postmaster.pid');
	return existsSync(path) ? Number(readFileSync(path, 'utf8').split('\n')[0]) : undefined;
}

/** Whether something accepts connections there. */
export async function isAnswering(connection: pg.ClientConfig): Promise<boolean> {
	try {
		await ask(connection, 'SELECT 1');
		return true;
	} catch {
		return false;
	}
}

/** Waits until the claim holds. */
export async function until(claim: () => boolean | Promise<boolean>): Promise<void> {
	const deadline = performance.now() + 10_000;
	while (!(await claim())) {
		if (performance.now() > deadline) throw new Error(`still not so after 10 s: ${claim}`);
		await sleep(10);
	}
}
