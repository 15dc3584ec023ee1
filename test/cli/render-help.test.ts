import { afterAll, describe, expect, it, vi } from 'vitest';
import { commandNames, loadCommand } from '../../src/kit/cli/commands.ts';
import { parseArguments } from '../../src/kit/cli/parse-arguments.ts';
import { renderHelp, renderOverview } from '../../src/kit/cli/render-help.ts';

const commands = await Promise.all(commandNames.map(loadCommand));
const spellings = ['pnpm db:migrate', 'npx drizzle-companion migrate'] as const;

describe.each(spellings)('help, where commands are spelled as %s', (spelling) => {
	const isBinary = spelling.startsWith('npx');
	const render = async () => {
		vi.resetModules();
		const help = await import('../../src/kit/cli/render-help.ts');
		if (isBinary) (await import('../../src/kit/cli/spelling.ts')).spellForBinary();
		return help.renderHelp;
	};
	afterAll(() => vi.resetModules());

	it.each(commands.map((command) => [command.name, command] as const))(
		'of %s fits a screen of 80 by 40 and has an example',
		async (_, command) => {
			const lines = (await render())(command).split('\n');
			expect(lines.length).toBeLessThanOrEqual(40);
			expect(lines.filter((line) => line.length > 80)).toEqual([]);
			expect(lines.join('\n')).toContain(spelling.replace('migrate', command.name));
			expect(lines.slice(lines.indexOf('examples:') + 1).length).toBeGreaterThan(0);
		},
	);
});

it('of all commands fits the same screen', () => {
	const lines = renderOverview(commands, 'drizzle-companion').split('\n');
	expect(lines.length).toBeLessThanOrEqual(40);
	expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

it.each(commands.flatMap((command) => command.examples.map(([line]) => [line, command] as const)))(
	'shows %s, which the command takes',
	(line, command) => {
		const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
		const [program, script, ...rest] = words;
		expect([program, script]).toEqual(['pnpm', `db:${command.name}`]);
		expect(() => parseArguments(command, rest)).not.toThrow();
	},
);

it('names no option twice', () => {
	for (const command of commands) {
		const names = [...renderHelp(command).matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, name]) => name);
		expect(new Set(names).size).toBe(names.length);
	}
});
