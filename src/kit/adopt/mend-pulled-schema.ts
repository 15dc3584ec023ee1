import type { IndexColumn, PulledFacts } from './pulled-facts.ts';

/**
 * Mends what drizzle-kit's pull is known to write wrongly, by what the database says: `unknown(…)`, which is not even defined,
 * for types that it does not know; SQL defaults as JavaScript; operator classes taken from another index column; the empty array as `[""]`; bounds of
 * sequences as numbers that JavaScript rounds.
 */
export function mendPulledSchema(text: string, facts: PulledFacts): string {
	const schemas = readSchemaVariables(text);
	let owner = { schema: 'public', table: '' };
	const lines = text.split('\n').map((line) => {
		owner = readOwner(line, schemas) ?? owner;
		return mendLine(line, owner, facts);
	});
	const mended = lines.filter((line) => !isSurplus.test(line)).join('\n');
	return mended.includes(`${helper}(`) ? addHelper(mended) : mended;
}

/** drizzle-kit's own remarks, and the NOT NULL constraints of PostgreSQL 18, which earlier versions of it take for checks. */
const isSurplus = /^\s*(?:\/\/ TODO: failed to parse database type '|check\(".*", sql`NOT NULL [^`]*`\),?$)/;

/** What stands for types that drizzle-orm has no word for. */
const helper = 'databaseType';

interface Owner {
	readonly schema: string;
	readonly table: string;
}

/** `export const auth = pgSchema("auth");` */
function readSchemaVariables(text: string): ReadonlyMap<string, string> {
	const declarations = text.matchAll(/^export const (\w+) = pgSchema\("((?:[^"\\]|\\.)*)"\)/gm);
	return new Map([...declarations].map(([, variable = '', name = '']) => [variable, unquote(name)]));
}

function readOwner(line: string, schemas: ReadonlyMap<string, string>): Owner | undefined {
	const declaration =
		/^export const \w+ = (?:(\w+)\.(?:table|view|materializedView)|pgTable|pgView|pgMaterializedView)\("((?:[^"\\]|\\.)*)"/;
	const [match, variable, table = ''] = declaration.exec(line) ?? [];
	if (match === undefined) return undefined;
	return {
		schema: variable === undefined ? 'public' : (schemas.get(variable) ?? variable),
		table: unquote(table),
	};
}

function mendLine(line: string, owner: Owner, facts: PulledFacts): string {
	const [, index] = /^\s*(?:index|uniqueIndex)\("((?:[^"\\]|\\.)*)"\)/.exec(line) ?? [];
	if (index !== undefined)
		return mendIndex(line, facts.indexes.get(`${owner.schema}.${unquote(index)}`) ?? []);
	return mendColumn(mendBounds(line), owner, facts);
}

/** `maxValue: 9223372036854775807` is more than a JavaScript number holds. */
function mendBounds(line: string): string {
	return line.replace(/\b(\w+Value|startWith|increment|cache): (-?\d{16,})(?=[,\s}])/g, '$1: "$2"');
}

function mendColumn(line: string, { schema, table }: Owner, { types, defaults }: PulledFacts): string {
	const column = /^(\s*(?:.*\{\s)?)(?:(\w+)|\[?["'](.*?)["']\]?): (\w+)\((?:"((?:[^"\\]|\\.)*)")?/.exec(line);
	if (column === null) return line;
	const [, , key, quotedKey, builder, name] = column;
	const id = [schema, table, name === undefined ? (key ?? quotedKey) : unquote(name)].join('.');
	const type = types.get(id);
	const typed =
		builder === 'unknown' && type !== undefined
			? line.replace('unknown(', () => `${helper}(${quote(type)})(`)
			: line;
	return mendDefault(typed, defaults.get(id));
}

/** What drizzle-kit does not recognise it writes as if it were JavaScript: `.default(next_code())`. */
function mendDefault(line: string, actual: string | undefined): string {
	const start = line.indexOf('.default(');
	if (start < 0 || actual === undefined) return line;
	const from = start + '.default('.length;
	const end = splitArguments(line, from).at(-1)?.end;
	if (end === undefined) return line;
	const written = line.slice(from, end).trim();
	if (written === '[""]' && /^'\{\}'::/.test(actual)) return `${line.slice(0, from)}[]${line.slice(end)}`;
	if (isValue.test(written)) return line;
	return `${line.slice(0, from)}sql\`${escapeTemplate(actual)}\`${line.slice(end)}`;
}

/** Text, numbers, truth values, arrays, objects, and SQL that is marked as such. */
const isValue =
	/^(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|sql`(?:[^`\\]|\\.)*`|-?\d+(?:\.\d+)?n?|true|false|\[[\s\S]*\]|\{[\s\S]*\})$/;

function escapeTemplate(text: string): string {
	return text.replace(/[\\`]|\$\{/g, '\\$&');
}

/** Each column of the index says its operator class where it is not the type's own, and nothing else. */
function mendIndex(line: string, columns: readonly IndexColumn[]): string {
	const start = /\.(?:using|on|onOnly)\(/.exec(line);
	if (start === null) return line;
	const from = start.index + start[0].length;
	const items = splitArguments(line, from);
	const skipped = start[0] === '.using(' ? 1 : 0;
	const mended = items.map(({ text }, place) =>
		place < skipped ? text : mendIndexColumn(text, columns[place - skipped]),
	);
	const end = items.at(-1)?.end ?? from;
	return `${line.slice(0, from)}${mended.join(', ')}${line.slice(end)}`;
}

function mendIndexColumn(text: string, column: IndexColumn | undefined): string {
	const { operatorClass, order = '' } = column ?? {};
	if (/^sql`/.test(text)) {
		const suffix = [operatorClass, order].filter((part) => part).join(' ');
		return suffix === '' ? text : text.replace(/`$/, ` ${suffix}\``);
	}
	const bare = text.replace(/\.op\("(?:[^"\\]|\\.)*"\)/, '');
	return operatorClass === undefined ? bare : `${bare}.op(${quote(operatorClass)})`;
}

interface Argument {
	readonly text: string;
	readonly end: number;
}

/** The arguments of a call whose parenthesis opens before `from`. Strings and templates may hold anything. */
function splitArguments(line: string, from: number): readonly Argument[] {
	const found: Argument[] = [];
	const tokens = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|[()[\]{},]/g;
	tokens.lastIndex = from;
	let depth = 0;
	let start = from;
	for (let token = tokens.exec(line); token !== null; token = tokens.exec(line)) {
		const [written] = token;
		const isEnd = depth === 0 && (written === ',' || written === ')');
		if (isEnd) found.push({ text: line.slice(start, token.index).trim(), end: token.index });
		if (isEnd && written === ')') return found;
		if (isEnd) start = tokens.lastIndex;
		if (/^[([{]$/.test(written)) depth += 1;
		if (/^[)\]}]$/.test(written)) depth -= 1;
	}
	return found;
}

function addHelper(text: string): string {
	const imported = text.replace(/^import \{ (.*?) \} from "drizzle-orm\/pg-core"/m, (line, names: string) =>
		names.split(', ').includes('customType') ? line : line.replace(names, () => `${names}, customType`),
	);
	const end = [...imported.matchAll(/^import .*$/gm)].at(-1);
	const place = end === undefined ? 0 : end.index + end[0].length;
	const declaration = `\n\n/** A column of a type that drizzle-orm has no word for. */\nconst ${helper} = (type: string) => customType<{ data: string }>({ dataType: () => type });`;
	return imported.slice(0, place) + declaration + imported.slice(place);
}

function unquote(text: string): string {
	return text.replace(/\\(.)/g, '$1');
}

function quote(text: string): string {
	return JSON.stringify(text);
}
