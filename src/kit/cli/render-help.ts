import type { CommandSpec, OptionSpec } from './command.ts';
import { commonOptions } from './common-options.ts';
import { spell } from './spelling.ts';

/** The usage line: `pnpm db:rollback <target> [options]`. */
export function renderUsage({ name, positional }: CommandSpec): string {
	return spell(`usage: pnpm db:${name}${positional === undefined ? '' : ` ${positional}`} [options]`);
}

/** A command's help, on one screen. */
export function renderHelp(command: CommandSpec): string {
	const options = Object.entries({ ...command.options, ...commonOptions });
	return [
		renderUsage(command),
		'',
		command.summary,
		...(command.positional === undefined
			? []
			: ['', 'target: head, base, a tag or its beginning, an index, +1, -1, 0003+1, head-2']),
		'',
		'options:',
		...alignPairs(options.map(([name, option]) => [renderOption(name, option), option.help])),
		'',
		'examples:',
		...alignPairs(command.examples.map(([line, what]) => [spell(line), what])),
	].join('\n');
}

/** All commands, a line each. */
export function renderOverview(commands: readonly CommandSpec[], binary: string): string {
	return [
		`usage: ${binary} <command> [options]`,
		'',
		...alignPairs(
			commands.map(({ name, positional, summary }) => [
				`${name}${positional === undefined ? '' : ` ${positional}`}`,
				summary,
			]),
		),
		'',
		`${binary} <command> --help tells more.`,
	].join('\n');
}

function renderOption(name: string, { short, value, multiple }: OptionSpec): string {
	return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}${multiple ? ' …' : ''}`;
}

function alignPairs(pairs: readonly (readonly [string, string])[]): readonly string[] {
	const width = Math.max(...pairs.map(([left]) => left.length));
	return pairs.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
