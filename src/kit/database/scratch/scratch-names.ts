import { createHash, randomBytes } from 'node:crypto';

/** What tells the scratch databases of one process from another's: lower-case letters and digits. */
export function makeRunId(): string {
	return `${Date.now().toString(36)}${randomBytes(4).toString('hex')}`;
}

/** The `application_name` of the session by which others see that a run is alive. */
export function nameRunSession(run: string): string {
	return `drizzle-companion scratch ${run}`;
}

/** `companion_scratch_<run>_<number>`, well under PostgreSQL's 63 bytes. */
export function nameScratchDatabase(run: string, number: number): string {
	return `companion_scratch_${run}_${number}`;
}

/** The run's scratch databases, as `LIKE` finds them. */
export function nameRunPattern(run: string): string {
	return `companion\\_scratch\\_${run}\\_%`;
}

/** The run that a scratch database belongs to, or undefined for every other database. */
export function readRunId(name: string): string | undefined {
	return /^companion_scratch_([a-z0-9]+)_[0-9]+$/.exec(name)?.[1];
}

/** The cached database of a key. Roles do not share: each may copy and drop its own databases only. */
export function nameCacheDatabase(key: string, role: string): string {
	const digest = createHash('sha256')
		.update(JSON.stringify([role, key]))
		.digest('hex');
	return `companion_cache_${digest.slice(0, 32)}`;
}
