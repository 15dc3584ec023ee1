import { readFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { writeCachedBytes } from './project-cache.ts';

/** A file of the cache as this version of Node and of this kit wrote it. Undefined when it is missing or was cut short by a killed run. */
export function readSerialized(file: string): unknown {
	try {
		return deserialize(readFileSync(file));
	} catch {
		return undefined;
	}
}

/** Keeps a value, maps and all, as one file, whole or not at all. */
export function writeSerialized(file: string, value: unknown): void {
	writeCachedBytes(file, serialize(value));
}
