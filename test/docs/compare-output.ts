import type { ScriptResult } from '../harness/run-script.ts';

/**
 * What a page shows must stand in what was printed, on stdout or stderr, line after line; a line `…` stands for any number. Times,
 * durations, sizes, ports, checksums and the name of the database may differ.
 * @throws Error with both texts
 */
export function compareOutput(shown: string, { stdout, stderr }: ScriptResult): void {
	const wanted = normalise(shown).trimEnd();
	if (wanted === '') return;
	const parts = wanted.split(/^…$/m).map((part) => part.replace(/^\n|\n$/g, ''));
	if (standsIn(normalise(stdout), parts) || standsIn(normalise(stderr), parts)) return;
	throw new Error(`the page shows:\n${wanted}\nand it prints:\n${normalise(stdout)}\n${normalise(stderr)}`);
}

function standsIn(text: string, parts: readonly string[]): boolean {
	let from = 0;
	for (const part of parts) {
		const at = text.indexOf(part, from);
		if (at === -1) return false;
		from = at + part.length;
	}
	return true;
}

function normalise(text: string): string {
	return text
		.replace(/\r/g, '')
		.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, '<time>')
		.replace(/\b\d+(\.\d+)? m?s\b/g, '<duration>')
		.replace(/\b\d+(\.\d+)? (bytes|kB|MB|GB)\b/g, '<size>')
		.replace(/\w+@[\w.-]+:\d+\/\w+/g, '<database>')
		.replace(/\b(up|down) [0-9a-f]{8}\b/g, '$1 <checksum>')
		.replace(/\b\d{14}_/g, '<stamp>_')
		.replace(/[ \t]+$/gm, '')
		.replace(/(?<=\S) {2,}(?=\S)/g, '  ');
}
