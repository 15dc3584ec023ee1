import type { LockHolder } from '../database/advisory-lock.ts';
import type { OnProgress } from '../progress.ts';

/** Says as progress who holds the lock that this run waits for. */
export function reportWaiting({
	onProgress,
}: {
	readonly onProgress?: OnProgress;
}): (holder: LockHolder) => void {
	return ({ pid, application, since }) =>
		onProgress?.({
			message: `waiting for another run: ${application || 'a session'} (pid ${pid}, connected since ${since})`,
		});
}
