/** What becomes of the configuration file. */
export type ConfigExportPlan =
	| { readonly kind: 'present' }
	| { readonly kind: 'edit'; readonly text: string; readonly addition: string }
	/** It cannot be edited safely; `addition` is what to write, where there is a place for it. */
	| { readonly kind: 'manual'; readonly reason: string; readonly addition?: string };

export interface ConfigExportOptions {
	/** The file's name; its ending says what it holds. */
	readonly file: string;
	/** Whether the file can import the package; where it cannot, drizzle-kit would fail on the import. */
	readonly canImport: boolean;
}

/** Plans the export `companion` of a configuration file: a line of import behind the others, and the export at the end. */
export function planConfigExport(text: string, { file, canImport }: ConfigExportOptions): ConfigExportPlan {
	if (file.endsWith('.json'))
		return { kind: 'manual', reason: 'a JSON file exports nothing; every setting keeps its default' };
	const code = blankComments(text);
	if (
		/\bexport\s+(?:const|let|var)\s+companion\b|\bexport\s*\{[^}]*\bcompanion\b|\bexports\.companion\b/.test(
			code,
		)
	)
		return { kind: 'present' };
	if (/\bmodule\.exports\b|\bexports\.\w+\s*=/.test(code))
		return { kind: 'manual', reason: 'it is a CommonJS file', addition: 'module.exports.companion = {};' };
	const style = readStyle(text);
	const addition = writeExport(style, canImport);
	if (!/\bexport\s+default\b|\bas\s+default\b/.test(code))
		return {
			kind: 'manual',
			reason: 'its default export was not found',
			addition: addition.join(style.newline),
		};
	if (/\bcompanion\b|\bdefineCompanion\b/.test(code))
		return {
			kind: 'manual',
			reason: 'the name companion is in use there',
			addition: addition.join(style.newline),
		};
	return { kind: 'edit', text: insert(text, addition, style), addition: addition.join(style.newline) };
}

interface Style {
	readonly quote: string;
	readonly end: string;
	readonly newline: string;
}

function readStyle(text: string): Style {
	const [, quote = "'", end = ''] = /^import\b[^'"]*(['"])[^'"]+['"](;?)/m.exec(text) ?? [
		undefined,
		"'",
		';',
	];
	return { quote, end, newline: text.includes('\r\n') ? '\r\n' : '\n' };
}

/** The import, where there is one, and the export. */
function writeExport({ quote, end }: Style, canImport: boolean): readonly string[] {
	if (!canImport) return [`export const companion = {}${end}`];
	return [
		`import { defineCompanion } from ${quote}drizzle-companion${quote}${end}`,
		`export const companion = defineCompanion({})${end}`,
	];
}

function insert(text: string, addition: readonly string[], { newline }: Style): string {
	const lines = [...addition];
	const exported = lines.pop() as string;
	const [imported] = lines;
	const place = imported === undefined ? 0 : endOfImports(text);
	const withImport =
		imported === undefined
			? text
			: `${text.slice(0, place)}${place > 0 && text[place - 1] !== '\n' ? newline : ''}${imported}${newline}${text.slice(place)}`;
	return `${withImport.trimEnd()}${newline}${newline}${exported}${newline}`;
}

/** Behind the last import statement and its line; 0 where there is none. */
function endOfImports(text: string): number {
	const statement = /^import\b[^'"`;]*['"][^'"\n]+['"][ \t]*(?:with[ \t]*\{[^}]*\})?[ \t]*;?[^\n]*(?:\n|$)/gm;
	const ends = [...blankComments(text).matchAll(statement)].map((match) => match.index + match[0].length);
	return ends.at(-1) ?? /^#!.*\n/.exec(text)?.[0].length ?? 0;
}

/** The same length, comments as spaces. A comment's beginning inside a string (`'./src/**'`) is none. */
function blankComments(text: string): string {
	return text.replace(
		/('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
		(match, string?: string) => string ?? match.replace(/[^\r\n]/g, ' '),
	);
}
