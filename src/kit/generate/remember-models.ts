import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { identifyKit } from '../config/kit-identity.ts';
import { locateCache, readCached, writeCached } from '../config/project-cache.ts';
import { computeChecksum } from '../journal/checksum.ts';
import { identifySchema } from './compare-snapshots.ts';
import type { DrizzleKit } from './open-drizzle-kit.ts';
import type { Snapshot } from './snapshot.ts';

/** Which states are known to be exactly what drizzle-kit makes of a snapshot from nothing: then nobody has to make it to see that. */
export interface ModelMemory {
	/** @param state what tells it from every other state; undefined for an empty database, of which nothing is remembered */
	isModel(state: string | undefined, snapshot: Snapshot): boolean;
	remember(state: string | undefined, snapshot: Snapshot): void;
}

/** Opens the memory of a project. What is known holds for these versions of everything that has a say. */
export function openModelMemory(
	{ root, shadowUrl }: Pick<Config, 'root' | 'shadowUrl'>,
	{ kit, ignoreSchemas }: { readonly kit: DrizzleKit; readonly ignoreSchemas: readonly string[] },
): ModelMemory {
	const [folder, companion] = [locateCache(root), identifyKit()];
	if (folder === undefined || companion === undefined || kit.identity === undefined)
		return { isModel: () => false, remember: () => undefined };
	const file = join(folder, `models-${computeChecksum(root).slice(0, 16)}.json`);
	const versions = [companion, kit.identity, shadowUrl, ignoreSchemas];
	const identify = (state: string, snapshot: Snapshot) =>
		computeChecksum(JSON.stringify([versions, state, identifySchema(snapshot)]));
	const readAll = () => (readCached(file) as readonly string[] | undefined) ?? [];
	return {
		isModel: (state, snapshot) => state !== undefined && readAll().includes(identify(state, snapshot)),
		remember: (state, snapshot) => {
			if (state === undefined) return;
			const known = identify(state, snapshot);
			writeCached(file, [known, ...readAll().filter((other) => other !== known)].slice(0, mostKnown));
		},
	};
}

const mostKnown = 50;
