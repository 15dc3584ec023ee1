import { readdirSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CompanionError } from '../../errors.ts';
import type { OnProgress } from '../../progress.ts';
import { giveToServer, type Home, readIfPresent } from './open-home.ts';
import {
	identifyThisProcess,
	isProcessAlive,
	type ProcessIdentity,
	signOfLifeMilliseconds,
} from './process-identity.ts';

const waitLimitMilliseconds = 120_000;
const released = 'released';

/**
 * Runs `work` while no other process holds the lock of this home; waits for a holder that lives, replaces one that died.
 * @throws CompanionError `LOCK_NOT_AVAILABLE` when the holder keeps it for two minutes.
 */
export async function lockFolder<Result>(
	home: Home,
	work: () => Promise<Result>,
	onProgress?: OnProgress,
): Promise<Result> {
	const lock = await waitForLock(home, onProgress);
	const signs = setInterval(() => showSignOfLife(lock.path), signOfLifeMilliseconds / 4);
	signs.unref();
	try {
		return await work();
	} finally {
		clearInterval(signs);
		lock.release();
	}
}

/** A lock that this process holds. */
export interface FolderLock {
	readonly path: string;
	release(): void;
}

/**
 * Takes the lock, or returns undefined when somebody alive holds it.
 *
 * The lock is the file with the highest number. The next number can be made by one process only, and only after the highest
 * was released or its holder died; the highest is never removed, so that numbers never come twice.
 */
export function tryLockFolder(home: Home): FolderLock | undefined {
	const highest = highestNumber(home);
	if (highest > 0 && isHeld(join(home.lock, String(highest)))) return undefined;
	const mine = highest + 1;
	const path = join(home.lock, String(mine));
	if (!createLockFile(home, path)) return undefined;
	if (highestNumber(home) > mine) {
		// Others took and released later numbers since we looked, and removed ours: it counts for nothing.
		rmSync(path, { force: true });
		return undefined;
	}
	removeOlder(home, mine);
	return { path, release: () => releaseLockFile(path) };
}

/** Renews the time of a file, by which processes that cannot look this one up know that it lives. */
export function showSignOfLife(path: string): void {
	try {
		utimesSync(path, new Date(), new Date());
	} catch (error) {
		// The folder was deleted under a running command; whoever uses it next starts from nothing.
		if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
	}
}

async function waitForLock(home: Home, onProgress: OnProgress | undefined): Promise<FolderLock> {
	const start = performance.now();
	let announced = false;
	for (;;) {
		const lock = tryLockFolder(home);
		if (lock !== undefined) return lock;
		const waited = performance.now() - start;
		if (waited > waitLimitMilliseconds) throw describeHolder(home);
		if (waited > 1500 && !announced) {
			announced = true;
			onProgress?.({ message: 'waiting for another command to start or stop the embedded PostgreSQL' });
		}
		await sleep(5 + Math.random() * Math.min(40, 5 + waited / 10));
	}
}

function highestNumber(home: Home): number {
	return Math.max(0, ...listNumbers(home));
}

function listNumbers(home: Home): readonly number[] {
	return readdirSync(home.lock)
		.filter((name) => /^\d+$/.test(name))
		.map(Number);
}

function isHeld(path: string): boolean {
	const text = readIfPresent(path);
	if (text === released) return false;
	const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
	if (text === undefined || time === undefined) return true;
	const holder = parseHolder(text);
	// Not yet written, or its writer died in between.
	if (holder === undefined) return Date.now() - time < signOfLifeMilliseconds;
	return isProcessAlive(holder, time);
}

function parseHolder(text: string): ProcessIdentity | undefined {
	try {
		return JSON.parse(text) as ProcessIdentity;
	} catch {
		return undefined;
	}
}

function createLockFile(home: Home, path: string): boolean {
	try {
		writeFileSync(path, JSON.stringify(identifyThisProcess()), { flag: 'wx', mode: 0o600 });
		giveToServer(home, path);
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
		throw error;
	}
}

function removeOlder(home: Home, mine: number): void {
	for (const number of listNumbers(home)) {
		if (number < mine) rmSync(join(home.lock, String(number)), { force: true });
	}
}

function releaseLockFile(path: string): void {
	try {
		writeFileSync(path, released, { flag: 'r+' });
		truncateSync(path, released.length);
	} catch (error) {
		// The folder was deleted meanwhile, and the lock with it.
		if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
	}
}

function describeHolder(home: Home): CompanionError {
	const holder = parseHolder(readIfPresent(join(home.lock, String(highestNumber(home)))) ?? '');
	return new CompanionError(
		'LOCK_NOT_AVAILABLE',
		`Another command${holder === undefined ? '' : ` (process ${holder.pid})`} has held the lock of the embedded PostgreSQL in ${home.folder} for two minutes.`,
		{
			hint: 'Wait for it to end, or end it, and run the command again.',
			details: { folder: home.folder, pid: holder?.pid },
		},
	);
}
