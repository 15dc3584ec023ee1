import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type ConfigOptions, loadConfig } from '../config/load-config.ts';
import type { Edits } from './plan-edits.ts';

/** Writes the files. A configuration file that cannot be loaded afterwards gets its old text back, and a notice says so. */
export async function writeEdits(
	{ files, configFile }: Edits,
	options: ConfigOptions,
): Promise<readonly string[]> {
	for (const { file, text } of files) writeFileSync(file, text);
	const edited = files.find(({ file }) => file === configFile);
	if (edited?.before === undefined) return [];
	try {
		await loadConfig(options);
		return [];
	} catch (error) {
		writeFileSync(configFile, edited.before);
		return [
			`${basename(configFile)} has its old text back, for with the new lines it could not be loaded (${(error as Error).message}). Add them by hand:\n${edited.added.join('\n')}`,
		];
	}
}
