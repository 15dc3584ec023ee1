import { parseArgs } from 'node:util';
import { CompanionError } from '../errors.ts';
import type { CommandSpec } from './command.ts';
import { commonOptions } from './common-options.ts';

/** The command line, taken apart. */
export interface Arguments {
	readonly target: string | undefined;
	readonly targets: readonly string[];
	readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

/**
 * Takes a command's arguments apart. `-1` and `+2` are targets, never options.
 * @throws CompanionError `USAGE` for unknown options, missing values, surplus or missing arguments
 */
export function parseArguments(command: CommandSpec, argv: readonly string[]): Arguments {
	const { values, positionals } = parse(command, argv);
	if (values.help) return { target: undefined, targets: [], values };
	const allowed = allowedPositionals(command);
	const surplus = positionals[allowed];
	if (surplus !== undefined) throw new CompanionError('USAGE', `'${surplus}' is one argument too many.`);
	if (command.positional?.startsWith('<') && positionals[0] === undefined) {
		throw new CompanionError(
			'USAGE',
			`${command.name} needs ${command.positional}: head, base, a tag, an index, +1 or -1.`,
		);
	}
	return { target: positionals[0], targets: positionals, values };
}

function allowedPositionals({ positional }: CommandSpec): number {
	if (positional === undefined) return 0;
	return positional.includes('…') ? Number.POSITIVE_INFINITY : 1;
}

function parse(command: CommandSpec, argv: readonly string[]) {
	const { flags, targets } = takeTargets(joinRange(argv));
	try {
		const parsed = parseArgs({
			args: flags,
			options: parserOptions(command),
			strict: true,
			allowPositionals: true,
		});
		return { values: parsed.values as Arguments['values'], positionals: [...targets, ...parsed.positionals] };
	} catch (error) {
		throw new CompanionError('USAGE', (error as Error).message.split('. ')[0] as string, { cause: error });
	}
}

function parserOptions(command: CommandSpec) {
	return Object.fromEntries(
		Object.entries({ ...commonOptions, ...command.options }).map(([name, { type, short, multiple }]) => [
			name,
			{ type, ...(short === undefined ? {} : { short }), ...(multiple ? { multiple } : {}) },
		]),
	);
}

/** Node's parser takes `-1` for an option. A steps token is a target wherever it stands, but for the value of an option before it. */
function takeTargets(argv: readonly string[]): {
	readonly flags: string[];
	readonly targets: readonly string[];
} {
	const steps = argv.filter((token) => /^[+-]\d+$/.test(token));
	return { flags: argv.filter((token) => !/^[+-]\d+$/.test(token)), targets: steps };
}

/** `-r -3:` would read as two options. */
function joinRange(argv: readonly string[]): readonly string[] {
	const joined: string[] = [];
	for (let index = 0; index < argv.length; index += 1) {
		const token = argv[index] as string;
		const next = argv[index + 1];
		if ((token === '-r' || token === '--range') && next?.includes(':')) {
			joined.push(`--range=${next}`);
			index += 1;
		} else joined.push(token);
	}
	return joined;
}
