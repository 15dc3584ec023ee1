import v8 from 'node:v8';

/**
 * Has V8 leave WebAssembly as it was compiled first, from the next module on. PostgreSQL's parser is that, and compiling it anew for speed takes
 * 0.2 s of a processor, of which half a megabyte of SQL gains nothing yet. Call it before anything parses.
 */
export function keepFirstCode(): void {
	// Other runtimes have no such setting.
	if (process.versions.v8 === undefined || process.versions.bun !== undefined) return;
	v8.setFlagsFromString('--wasm-tiering-budget=2000000000');
}
