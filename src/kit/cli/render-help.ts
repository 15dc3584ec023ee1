import type { CommandSpec, OptionSpec } from './command.ts';
import { commonOptions } from './common-options.ts';
import { spell } from './spelling.ts';

/** The usage line: `pnpm db:rollback <target> [options]`. */
export function renderUsage({ name, positional }: CommandSpec): string {
	return spell(`usage: pnpm db:${name}${positional === undefined ? '' : ` ${positional}`} [options]`);
}

/** How wide help may be: a terminal that nobody has made larger. */
const WIDTH = 80;

/** A command's help, on one screen: at most 80 columns and 40 lines. */
export function renderHelp(command: CommandSpec): string {
	const options = Object.entries({ ...command.options, ...commonOptions });
	return [
		renderUsage(command),
		'',
		...wrap(command.summary, WIDTH),
		...(command.positional?.includes('target') !== true
			? []
			: ['', 'target: head, base, a tag or its beginning, an index, +1, -1, 0003+1, head-2']),
		'',
		'options:',
		...alignPairs(options.map(([name, option]) => [renderOption(name, option), option.help])),
		'',
		'examples:',
		...renderExamples(command.examples.map(([line, what]) => [spell(line), spell(what)])),
	].join('\n');
}

/** All commands, a line each. */
export function renderOverview(commands: readonly CommandSpec[], binary: string): string {
	return [
		`usage: ${binary} <command> [options]`,
		'',
		...alignPairs(commands.map(({ name, summary }) => [name, summary])),
		'',
		`${binary} <command> --help tells more.`,
	].join('\n');
}

function renderOption(name: string, { short, value, multiple }: OptionSpec): string {
	return `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}${multiple ? ' …' : ''}`;
}

/** In two columns where the commands leave room for it; otherwise what each does stands below it. */
function renderExamples(examples: CommandSpec['examples']): readonly string[] {
	const longest = Math.max(...examples.map(([line]) => line.length));
	if (WIDTH - longest >= 34) return alignPairs(examples);
	return examples.flatMap(([line, what]) => [
		`  ${line}`,
		...wrap(what, WIDTH - 6).map((each) => `      ${each}`),
	]);
}

/** Two columns; what does not fit into the right one goes on below itself. */
function alignPairs(pairs: readonly (readonly [string, string])[]): readonly string[] {
	const width = Math.max(...pairs.map(([left]) => left.length));
	return pairs.flatMap(([left, right]) =>
		wrap(right, WIDTH - width - 4).map((line, row) => `  ${(row === 0 ? left : '').padEnd(width)}  ${line}`),
	);
}

/** At the ends of words. */
function wrap(text: string, width: number): readonly string[] {
	const lines = [''];
	for (const word of text.split(' ')) {
		const line = lines.at(-1) as string;
		if (line === '') lines[lines.length - 1] = word;
		else if (line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`;
		else lines.push(word);
	}
	return lines;
}
