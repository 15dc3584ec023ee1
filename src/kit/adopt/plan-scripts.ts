import { CompanionError } from '../errors.ts';
import { addJsonMembers } from './edit-json-text.ts';

/** The commands that become `db:*` scripts: all of the binary's but `init`. */
export const scriptCommands: readonly string[] = [
	'generate',
	'migrate',
	'rollback',
	'baseline',
	'history',
	'current',
	'show',
	'check',
	'verify',
	'reverse',
	'drift',
	'repair',
	'kept',
	'server',
];

/** What becomes of `package.json`. */
export interface ScriptsPlan {
	/** The new text; the old one where nothing is missing. */
	readonly text: string;
	/** Names of the scripts that are added. */
	readonly added: readonly string[];
	/** Scripts of the same name that do something else; they stay. */
	readonly kept: Readonly<Record<string, string>>;
	/** Which command each script runs, where it runs one of ours. */
	readonly ours: readonly string[];
}

/**
 * Plans the `db:*` scripts of a `package.json`. A script that is there stays as it is.
 * @throws CompanionError `CONFIG_INVALID` when the text is not a `package.json`
 */
export function planScripts(file: string, text: string): ScriptsPlan {
	const present = readScripts(file, text);
	const wanted = scriptCommands.map((command) => [`db:${command}`, `drizzle-companion ${command}`] as const);
	const missing = wanted.filter(([name]) => !(name in present));
	const kept = wanted.filter(([name]) => name in present && !isOurs(name, present[name]));
	const added = Object.fromEntries(missing);
	return {
		text: missing.length === 0 ? text : addJsonMembers(text, 'scripts', added),
		added: missing.map(([name]) => name),
		kept: Object.fromEntries(kept.map(([name]) => [name, present[name] ?? ''])),
		ours: wanted
			.filter(([name]) => name in added || isOurs(name, present[name]))
			.map(([, line]) => line.slice('drizzle-companion '.length)),
	};
}

function readScripts(file: string, text: string): Readonly<Record<string, string>> {
	try {
		const { scripts = {} } = JSON.parse(text) as { scripts?: Record<string, string> };
		if (typeof scripts === 'object' && scripts !== null && !Array.isArray(scripts)) return scripts;
		throw new Error('its scripts are not an object');
	} catch (cause) {
		throw new CompanionError('CONFIG_INVALID', `${file} cannot be used: ${(cause as Error).message}.`, {
			hint: 'Mend the file and run the command again.',
			details: { file },
			cause,
		});
	}
}

/** The binary, or this repository's own script of that name. */
function isOurs(name: string, line = ''): boolean {
	const command = name.slice('db:'.length);
	return new RegExp(`\\bdrizzle-companion ${command}\\b|\\bscripts/${command}\\.ts\\b`).test(line);
}
