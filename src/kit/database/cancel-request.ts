import { connect } from 'node:net';

/** What a server gave out at login, to be shown by whoever wants to cancel. */
export interface CancelKey {
	readonly pid: number;
	readonly secret: number;
}

/**
 * PostgreSQL's CancelRequest: a connection of its own that carries 16 bytes and is closed by the other side.
 * @see PostgreSQL manual, "Canceling Requests in Progress"
 */
export async function sendCancelRequest(
	{ host, port }: { readonly host: string; readonly port: number },
	{ pid, secret }: CancelKey,
): Promise<void> {
	const request = Buffer.alloc(16);
	request.writeInt32BE(16, 0);
	request.writeInt32BE(cancelCode, 4);
	request.writeInt32BE(pid | 0, 8);
	request.writeInt32BE(secret | 0, 12);
	const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
	await new Promise<void>((resolve, reject) => {
		socket.setTimeout(5_000, () => socket.destroy());
		// Not ended from here: PgBouncer 1.18 dies of a client that leaves before its request was passed on.
		socket.on('connect', () => socket.write(request));
		socket.resume();
		socket.on('error', reject);
		socket.on('close', () => resolve());
	});
}

const cancelCode = 80_877_102;
