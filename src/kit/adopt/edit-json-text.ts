/**
 * Adds text members to an object of a JSON text's top level, behind those that are there, and leaves every other
 * character as it is. The object is made where there is none.
 * @param members name to value; none of the names may be there already
 */
export function addJsonMembers(text: string, key: string, members: Readonly<Record<string, string>>): string {
	const style = readStyle(text);
	const found = findObject(text, key);
	if (found !== undefined) return insertMembers(text, found, { members, style, depth: 2 });
	const whole = { start: text.indexOf('{'), end: text.lastIndexOf('}') };
	const lines = Object.entries(members).map(([name, value]) => writeMember(name, value));
	const inside = lines.map((line) => `${style.newline}${style.indent.repeat(2)}${line}`).join(',');
	const object = `${JSON.stringify(key)}: {${inside}${style.newline}${style.indent}}`;
	return insertLines(text, whole, { lines: [object], style, depth: 1 });
}

interface Style {
	readonly indent: string;
	readonly newline: string;
}

/** Where an object's braces stand. */
interface Braces {
	readonly start: number;
	readonly end: number;
}

function readStyle(text: string): Style {
	return {
		indent: /^([ \t]+)"/m.exec(text)?.[1] ?? '  ',
		newline: text.includes('\r\n') ? '\r\n' : '\n',
	};
}

/** The value of a top-level key, where it is an object. */
function findObject(text: string, key: string): Braces | undefined {
	let depth = 0;
	let start: number | undefined;
	const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]]/g;
	for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
		const [written] = token;
		if (depth === 1 && written === JSON.stringify(key)) {
			const brace = /^\s*:\s*\{/.exec(text.slice(tokens.lastIndex));
			if (brace !== null) start = tokens.lastIndex + brace[0].length - 1;
		}
		if (written === '{' || written === '[') depth += 1;
		if (written === '}' || written === ']') depth -= 1;
		if (start !== undefined && written === '}' && depth === 1) return { start, end: token.index };
	}
	return undefined;
}

interface Insertion {
	readonly style: Style;
	/** How deep the members stand. */
	readonly depth: number;
}

function insertMembers(
	text: string,
	braces: Braces,
	{ members, ...insertion }: Insertion & { readonly members: Readonly<Record<string, string>> },
): string {
	const lines = Object.entries(members).map(([name, value]) => writeMember(name, value));
	return insertLines(text, braces, { ...insertion, lines });
}

function insertLines(
	text: string,
	{ start, end }: Braces,
	{ lines, style, depth }: Insertion & { readonly lines: readonly string[] },
): string {
	const last = text.slice(0, end).trimEnd();
	const isEmpty = last.length === start + 1;
	const added = lines.map((line) => `${style.newline}${style.indent.repeat(depth)}${line}`).join(',');
	return `${last}${isEmpty ? '' : ','}${added}${style.newline}${style.indent.repeat(depth - 1)}${text.slice(end)}`;
}

function writeMember(name: string, value: string): string {
	return `${JSON.stringify(name)}: ${JSON.stringify(value)}`;
}
