import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { showSignOfLife } from './lock-folder.ts';
import { giveToServer, type Home, readIfPresent } from './open-home.ts';
import {
	identifyThisProcess,
	isFromHere,
	isProcessAlive,
	type ProcessIdentity,
	signOfLifeMilliseconds,
} from './process-identity.ts';

/** This process's entry in the list of those who use a server. */
export interface Registration {
	/** Takes the entry out; doing so twice is harmless. */
	remove(): void;
}

/** Enters this process into the list, under the lock of the home. The entry of a killed process no longer counts. */
export function registerUser(home: Home): Registration {
	const path = join(home.users, `${process.pid}-${Math.random().toString(36).slice(2, 10)}`);
	writeFileSync(path, JSON.stringify(identifyThisProcess()), { flag: 'wx', mode: 0o600 });
	giveToServer(home, path);
	const signs = setInterval(() => showSignOfLife(path), signOfLifeMilliseconds / 4);
	signs.unref();
	return {
		remove: () => {
			clearInterval(signs);
			rmSync(path, { force: true });
		},
	};
}

/** The living processes that use a server, after removing the entries of dead ones. Ask under the lock of the home. */
export function listUsers(home: Home): readonly ProcessIdentity[] {
	return readdirSync(home.users).flatMap((name) => {
		const path = join(home.users, name);
		const user = readUser(path);
		if (user !== undefined) return [user];
		rmSync(path, { force: true });
		return [];
	});
}

/** Those of them that run on another host or in another container, where the server's address means something else. */
export function listUsersElsewhere(home: Home): readonly ProcessIdentity[] {
	return listUsers(home).filter((user) => !isFromHere(user));
}

function readUser(path: string): ProcessIdentity | undefined {
	const text = readIfPresent(path);
	const time = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
	if (text === undefined || time === undefined) return undefined;
	const user = parseUser(text);
	return user !== undefined && isProcessAlive(user, time) ? user : undefined;
}

// Entries are made under the lock: one that is only half written is of a killed process.
function parseUser(text: string): ProcessIdentity | undefined {
	try {
		return JSON.parse(text) as ProcessIdentity;
	} catch {
		return undefined;
	}
}
