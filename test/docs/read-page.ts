import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '../harness/repository.ts';

/** A fenced block of a page, with what the comments in front of it ask for. */
export interface Block {
	/** `docs/production.md:12`, the line of its fence. */
	readonly where: string;
	readonly language: string;
	readonly text: string;
	/** In the order in which they stand: `['project', 'shop']`, `['exits', '3']`. */
	readonly notes: readonly Note[];
}

export type Note = readonly [name: string, value: string];

/** A page of the documentation. */
export interface Page {
	readonly name: string;
	readonly text: string;
	readonly blocks: readonly Block[];
}

/** README.md and everything in docs/. */
export function readPages(): readonly Page[] {
	const names = readdirSync(join(repository, 'docs')).filter((name) => name.endsWith('.md'));
	return ['README.md', ...names.sort().map((name) => `docs/${name}`)].map((name) =>
		parsePage(name, readFileSync(join(repository, name), 'utf8')),
	);
}

/**
 * Takes a page's blocks out of it. A comment `<!-- test: name value -->` belongs to the next block; several may follow each
 * other, and a value may run over several lines. A comment without a block behind it is an error, as is a fence that never ends.
 */
export function parsePage(name: string, text: string): Page {
	const blocks: Block[] = [];
	let notes: Note[] = [];
	let line = 1;
	for (const part of text.split(/^(<!--[\s\S]*?-->|```.*\n[\s\S]*?^```$)/m)) {
		if (part.startsWith('<!--')) notes.push(...readNote(part));
		const fence = /^```(.*)\n([\s\S]*?)^```$/m.exec(part);
		if (fence !== null) {
			const [, language = '', body = ''] = fence;
			blocks.push({ where: `${name}:${line}`, language: language.trim(), text: body, notes });
			notes = [];
		} else if (/^```/m.test(part)) throw new Error(`${name}: a fence has no end`);
		line += part.split('\n').length - 1;
	}
	if (notes.length > 0) throw new Error(`${name}: nothing follows the comment ${notes.at(-1)?.join(' ')}`);
	return { name, text, blocks };
}

function readNote(comment: string): readonly Note[] {
	const [, name, value = ''] = /^<!--\s*test:\s*(\S+)([\s\S]*?)-->$/.exec(comment) ?? [];
	return name === undefined ? [] : [[name, value.trim()]];
}
