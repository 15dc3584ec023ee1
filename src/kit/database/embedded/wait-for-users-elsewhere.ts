import { setTimeout as sleep } from 'node:timers/promises';
import { CompanionError } from '../../errors.ts';
import type { OnProgress } from '../../progress.ts';
import type { Home } from './open-home.ts';
import { type ProcessIdentity, signOfLifeMilliseconds } from './process-identity.ts';
import { listUsersElsewhere } from './register-user.ts';

/**
 * Waits for commands in other containers or on other hosts that share the folder: two servers on one cluster would destroy
 * it, and theirs cannot be reached from here. A killed one stops giving signs of life.
 * @throws CompanionError `LOCK_NOT_AVAILABLE` when they live on.
 */
export async function waitForUsersElsewhere(home: Home, onProgress?: OnProgress): Promise<void> {
	const deadline = performance.now() + 2 * signOfLifeMilliseconds;
	let announced = false;
	for (;;) {
		const [user] = listUsersElsewhere(home);
		if (user === undefined) return;
		if (performance.now() > deadline) throw describeUser(home, user);
		if (!announced) {
			announced = true;
			onProgress?.({ message: `waiting for a command on ${readHost(user)} that uses ${home.folder}` });
		}
		await sleep(250);
	}
}

function describeUser(home: Home, user: ProcessIdentity): CompanionError {
	return new CompanionError(
		'LOCK_NOT_AVAILABLE',
		`Process ${user.pid} on ${readHost(user)}, another host or container, uses ${home.folder}.`,
		{
			hint: 'Wait for it to end, run the command there, or set DATABASE_URL to a server that both can reach.',
			details: { folder: home.folder, pid: user.pid, host: readHost(user) },
		},
	);
}

function readHost(user: ProcessIdentity): string {
	return user.place.split(' ')[0] ?? '';
}
