import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CommandSpec } from '../../src/kit/cli/command.ts';
import { commandNames, loadCommand } from '../../src/kit/cli/commands.ts';
import { commonOptions } from '../../src/kit/cli/common-options.ts';
import { repository } from '../harness/repository.ts';
import type { Page } from './read-page.ts';

/** What a page names and there is not: commands, their options, and files that it links to; a sentence each. */
export async function checkMentions({ name, text }: Page): Promise<readonly string[]> {
	const commands = new Map<string, CommandSpec>();
	for (const each of commandNames) commands.set(each, await loadCommand(each));
	const mentions = [
		...text.matchAll(
			/(?:pnpm db:|(?<!(?:install|add) [^\n]*)drizzle-companion )(?<command>[a-z]\S*)(?<rest>[^`\n|&#]*)/g,
		),
	];
	const wrong = mentions.flatMap(({ groups, index }) => {
		const line = text.slice(0, index).split('\n').length;
		return checkMention(groups as unknown as Mention, commands).map((what) => `${name}:${line}: ${what}`);
	});
	return [...wrong, ...checkLinks(name, text)];
}

interface Mention {
	readonly command: string;
	readonly rest: string;
}

function checkMention(
	{ command, rest }: Mention,
	commands: ReadonlyMap<string, CommandSpec>,
): readonly string[] {
	const word = command.replace(/\W+$/, '');
	const spec = commands.get(word);
	if (spec === undefined) return command.startsWith('*') ? [] : [`there is no command ${word}`];
	const options = { ...commonOptions, ...spec.options };
	const shorts = Object.values(options).flatMap(({ short }) => short ?? []);
	const flags = [...rest.matchAll(/(?<=^|[\s[(])(--?[a-z][a-z-]*)/g)].map(([, flag = '']) => flag);
	return flags
		.filter((flag) => (flag.startsWith('--') ? !(flag.slice(2) in options) : !shorts.includes(flag.slice(1))))
		.map((flag) => `${word} has no ${flag}`);
}

function checkLinks(name: string, text: string): readonly string[] {
	const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, path = '']) => path);
	return links
		.filter((path) => !existsSync(join(repository, dirname(name), path)))
		.map((path) => `${name}: links to ${path}, which is not there`);
}
