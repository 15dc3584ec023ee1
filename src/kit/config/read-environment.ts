import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { parse } from 'dotenv';
import { CompanionError } from '../errors.ts';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The process's environment, filled up from `.env` in `root` as `dotenv/config` does it for drizzle-kit:
 * a variable that is already set wins. The process's own is left as it is.
 */
export function readEnvironment(root: string): Environment {
	return { ...readDotenv(join(root, '.env')), ...process.env };
}

function readDotenv(file: string): Record<string, string> {
	try {
		const text = readFileSync(file);
		return loadParser()(text);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
		throw new CompanionError('CONFIG_INVALID', `${file} cannot be read: ${(error as Error).message}.`, {
			hint: 'Make it a file that can be read, or remove it.',
			details: { file },
			cause: error,
		});
	}
}

/**
 * Only where there is a file to be parsed: loading `dotenv` costs more than everything else that is done before a command is known. An
 * application that was bundled has none, as no bundler sees this; node's own reads the same files.
 */
function loadParser(): (text: Buffer) => Record<string, string> {
	try {
		return (createRequire(import.meta.url)('dotenv') as { readonly parse: typeof parse }).parse;
	} catch {
		return (text) => parseEnv(text.toString()) as Record<string, string>;
	}
}
