/** One item of `_journal.json`, as far as the migrator needs it. */
export interface JournalEntry {
	readonly idx: number;
	readonly tag: string;
	/** Epoch milliseconds. */
	readonly when: number;
}

/**
 * Checks the parsed `_journal.json` and collects every problem; the entries are in the file's order.
 * A tag names files in the folder, so it may not leave it.
 */
export function checkEntries(journal: unknown): {
	readonly entries: readonly JournalEntry[];
	readonly problems: readonly string[];
} {
	if (!isRecord(journal)) return { entries: [], problems: ['it must be an object with `entries`'] };
	if (journal.dialect !== undefined && journal.dialect !== 'postgresql' && journal.dialect !== 'pg') {
		return {
			entries: [],
			problems: [`its dialect is ${JSON.stringify(journal.dialect)}; the companion works on postgresql`],
		};
	}
	if (!Array.isArray(journal.entries)) return { entries: [], problems: ['`entries` must be an array'] };
	const problems: string[] = [];
	journal.entries.forEach((entry, index) => {
		checkEntry(entry, index, problems);
	});
	if (problems.length > 0) return { entries: [], problems };
	const entries = journal.entries as JournalEntry[];
	return {
		entries,
		problems: [
			...repeated(
				'idx',
				entries.map((each) => each.idx),
			),
			...repeated(
				'tag',
				entries.map((each) => each.tag),
			),
		],
	};
}

function checkEntry(entry: unknown, index: number, problems: string[]): void {
	const note = (problem: string) => problems.push(`entry ${index}${problem}`);
	if (!isRecord(entry)) return void note(' must be an object');
	if (!Number.isSafeInteger(entry.idx) || (entry.idx as number) < 0)
		note(`: idx must be a whole number, not ${JSON.stringify(entry.idx)}`);
	if (!Number.isSafeInteger(entry.when))
		note(`: when must be a whole number of milliseconds, not ${JSON.stringify(entry.when)}`);
	const tag = tagProblem(entry.tag);
	if (tag !== undefined) note(`: ${tag}`);
}

function tagProblem(tag: unknown): string | undefined {
	if (typeof tag !== 'string' || tag === '')
		return `tag must be a file name without its ending, not ${JSON.stringify(tag)}`;
	// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
	if (/[/\\\u0000-\u001f]/.test(tag) || tag.includes('..'))
		return `tag ${JSON.stringify(tag)} would leave the folder: it may hold neither '/', '\\', '..' nor control characters`;
	if (tag.length > 80 && Buffer.byteLength(`${tag}.down.sql`) > 255)
		return `tag ${JSON.stringify(tag.slice(0, 40))}… is too long for a file name`;
	return undefined;
}

function repeated(name: string, values: readonly (number | string)[]): string[] {
	const seen = new Set<number | string>();
	const twice = new Set<number | string>();
	for (const value of values) (seen.has(value) ? twice : seen).add(value);
	return [...twice].map(
		(value) =>
			`${name} ${JSON.stringify(value)} is there more than once: two branches were merged, or the file was edited by hand`,
	);
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
