import {
	existsSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmdirSync,
	rmSync,
	statSync,
	writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import { computeChecksum } from '../journal/checksum.ts';

/** What a run is about to move into place. */
export interface Intent {
	/** The last migration of the run. */
	readonly tag: string;
	/** All but the journal; `path` is relative to the migrations folder. */
	readonly files: readonly { readonly path: string; readonly checksum: string }[];
	/** Of drizzle-kit 1.0's layout, which has no journal: the folders, each of which is moved as a whole. */
	readonly folders?: readonly string[];
}

/** Inside the migrations folder, so that moving out of it is one step on every file system. drizzle-kit ignores folders there. */
const STAGING = '.companion-generate';
const INTENT = 'intent.json';
const OWNER = 'owner.json';
/** How long a folder of another machine is believed to be in use. Milliseconds. */
const FOREIGN_LIFETIME = 60_000;

/**
 * Makes the staging folder for this process and gives its path; the caller removes it.
 * @throws CompanionError `LOCK_NOT_AVAILABLE` while another `generate` writes into the same folder
 */
export function claimStaging(folder: string): string {
	clearStaging(folder);
	const staging = join(folder, STAGING);
	// Made aside and moved into place with its owner in it: whoever finds the folder finds out whose it is.
	const made = mkdtempSync(`${staging}-`);
	writeFileSync(join(made, OWNER), JSON.stringify({ pid: process.pid, host: hostname() }));
	try {
		renameSync(made, staging);
	} catch (error) {
		rmSync(made, { recursive: true, force: true });
		if (existsSync(staging)) throw stagingTaken(staging);
		throw error;
	}
	return staging;
}

/** Writes down what is about to be moved, so that it can be undone. */
export function writeIntent(staging: string, intent: Intent): void {
	writeFileSync(join(staging, INTENT), JSON.stringify(intent), { flush: true });
}

/**
 * Cleans up after a killed run: files that it moved into place without their journal entry are removed, if they are still
 * what it wrote. Does nothing when there is nothing.
 * @throws CompanionError `LOCK_NOT_AVAILABLE` while another `generate` is at it
 */
export function clearStaging(folder: string): void {
	sweepUnclaimed(folder);
	const staging = join(folder, STAGING);
	if (!existsSync(staging)) return;
	if (isOwnerAlive(staging)) throw stagingTaken(staging);
	undoIntent(folder, staging);
	rmSync(staging, { recursive: true, force: true });
}

/** Folders of runs that were killed before they could move theirs into place. */
function sweepUnclaimed(folder: string): void {
	const names = existsSync(folder) ? readdirSync(folder) : [];
	for (const name of names.filter((each) => each.startsWith(`${STAGING}-`))) {
		if (!isOwnerAlive(join(folder, name))) rmSync(join(folder, name), { recursive: true, force: true });
	}
}

/** Removes what was moved into place, unless all of it was, or the journal names it by now. */
export function undoIntent(folder: string, staging: string): void {
	const intent = readJson<Intent>(join(staging, INTENT));
	if (intent === undefined || isDone(folder, intent)) return;
	for (const { path, checksum } of intent.files) {
		const file = join(folder, path);
		if (existsSync(file) && computeChecksum(readFileSync(file)) === checksum) rmSync(file);
	}
	for (const made of intent.folders ?? []) removeEmptied(join(folder, made));
}

function isDone(folder: string, { tag, folders }: Intent): boolean {
	return folders === undefined
		? isInJournal(folder, tag)
		: folders.every((made) => existsSync(join(folder, made)));
}

/** What somebody has put into it stays. */
function removeEmptied(made: string): void {
	if (existsSync(made) && readdirSync(made).length === 0) rmdirSync(made);
}

function isInJournal(folder: string, tag: string): boolean {
	const journal = readJson<{ entries?: { tag?: unknown }[] }>(join(folder, 'meta', '_journal.json'));
	return journal?.entries?.some((entry) => entry.tag === tag) ?? false;
}

function isOwnerAlive(staging: string): boolean {
	const owner = readJson<{ pid: number; host: string }>(join(staging, OWNER));
	const age = Date.now() - (statSync(staging, { throwIfNoEntry: false })?.mtimeMs ?? 0);
	if (owner === undefined) return age < 1000; // just made, its owner not yet written
	if (owner.host !== hostname()) return age < FOREIGN_LIFETIME;
	return owner.pid !== process.pid && isProcessAlive(owner.pid);
}

function isProcessAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

/** Absent and half-written files are the same: nobody finished them. */
function readJson<Content>(file: string): Content | undefined {
	try {
		return JSON.parse(readFileSync(file, 'utf8')) as Content;
	} catch (error) {
		if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw error;
	}
}

function stagingTaken(staging: string): CompanionError {
	return new CompanionError('LOCK_NOT_AVAILABLE', 'Another `db:generate` is writing into this folder.', {
		hint: `Wait for it and run the command again. If none is running, delete ${staging}.`,
		details: { staging },
	});
}
