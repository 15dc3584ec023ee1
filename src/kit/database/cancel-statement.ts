import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { sendCancelRequest } from './cancel-request.ts';
import { loadPg } from './load-pg.ts';

/**
 * Ends the statement that a client runs, through a second connection.
 * A pooler in between gives out numbers of its own, so that only its own way of cancelling reaches the right server process.
 */
export async function cancelStatement(client: pg.Client, connection: pg.ClientConfig): Promise<void> {
	const { processID, secretKey } = client as unknown as { processID: number | null; secretKey: unknown };
	const { Client } = await loadPg();
	const other = new Client(connection);
	other.on('error', () => {});
	await other.connect();
	try {
		// A pooler whose connections are all taken does not answer.
		const pid = await Promise.race([readBackendPid(other), sleep(1_000, 0, { ref: false })]);
		if (pid === (other as unknown as { processID: number }).processID)
			await other.query('SELECT pg_cancel_backend($1)', [processID]);
		else await sendCancelRequest(client, { pid: processID ?? 0, secret: Number(secretKey) });
	} finally {
		await other.end();
	}
}

async function readBackendPid(client: pg.Client): Promise<number> {
	const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
	return rows[0]?.pid ?? 0;
}
