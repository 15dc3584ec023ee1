import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CompanionError } from '../errors.ts';
import type { StrayDown } from './find-stray-downs.ts';

/**
 * Moves a down file after its migration. Its title takes over the new tag; SQL and proof stay as they are, and stay valid,
 * because `drizzle-kit up` does not change the up file.
 * @throws CompanionError `JOURNAL_INVALID` when a down file is there already
 */
export function moveStrayDown(folder: string, { file, to, tag }: StrayDown & { readonly to: string }): void {
	const from = join(folder, file);
	const text = readFileSync(from, 'utf8');
	const moved = tag === undefined ? text : renameTitle(text, file.slice(0, -'.down.sql'.length), tag);
	try {
		// Unlike a rename, this never replaces what somebody put there meanwhile.
		writeFileSync(join(folder, to), moved, { flag: 'wx', flush: true });
	} catch (error) {
		throw taken(join(folder, to), error);
	}
	rmSync(from);
}

function renameTitle(text: string, oldTag: string, tag: string): string {
	const title = /^(--[ \t]*down of[ \t]+)(.*?)([ \t]*:.*)?$/m.exec(text);
	if (title === null || title[2] !== oldTag) return text;
	const [line, start = '', , rest = ''] = title;
	return text.replace(line, () => `${start}${tag}${rest}`);
}

function taken(file: string, cause: unknown): CompanionError {
	return new CompanionError('JOURNAL_INVALID', `${file} cannot be written: ${(cause as Error).message}.`, {
		hint: 'Compare the two down files and delete one of them.',
		details: { file },
		cause,
	});
}
