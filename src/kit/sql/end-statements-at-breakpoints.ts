/** What drizzle-kit writes between statements. */
export const breakpoint = '--> statement-breakpoint';

/**
 * The text with drizzle's breakpoints turned into semicolons, of the same length, so that offsets stay.
 * drizzle's files may leave the semicolon before a breakpoint out; a breakpoint inside a string or a quoted name is left alone.
 */
export function endStatementsAtBreakpoints(sql: string): string {
	if (!sql.includes(breakpoint)) return sql;
	let result = '';
	let copied = 0;
	for (const { start, end } of findBreakpoints(sql)) {
		result += sql.slice(copied, start) + ';'.padEnd(end - start);
		copied = end;
	}
	return result + sql.slice(copied);
}

/** Where text begins inside which a breakpoint is only text, or a comment, which may be the breakpoint itself. A doubled quote reads as two strings side by side. */
const openers =
	/--|\/\*|\b[eE]'|'|"|(?<![\w$\u0080-\uffff])\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/g;

interface Extent {
	readonly start: number;
	readonly end: number;
}

function* findBreakpoints(sql: string): Generator<Extent> {
	const scanner = new RegExp(openers);
	for (let match = scanner.exec(sql); match !== null; match = scanner.exec(sql)) {
		const [opener] = match;
		const found = opener.startsWith('--') ? breakpointOfComment(sql, match.index) : undefined;
		if (found !== undefined) yield found;
		scanner.lastIndex = found?.end ?? endOf(opener, sql, scanner.lastIndex);
	}
}

/**
 * A breakpoint is a comment, or stands behind one: the statement ends all the same, since drizzle splits there too. The comment goes,
 * because a semicolon inside it would end nothing.
 */
function breakpointOfComment(sql: string, start: number): Extent | undefined {
	const offset = sql.slice(start, endAfter(sql, start, '\n')).indexOf(breakpoint);
	return offset < 0 ? undefined : { start, end: start + offset + breakpoint.length };
}

function endOf(opener: string, sql: string, from: number): number {
	if (opener === '--') return endAfter(sql, from, '\n');
	if (opener === '/*') return endOfPairs(sql, from);
	if (/^e/i.test(opener)) return endOfEscapes(sql, from);
	return endAfter(sql, from, opener);
}

function endAfter(sql: string, from: number, closer: string): number {
	const end = sql.indexOf(closer, from);
	return end < 0 ? sql.length : end + closer.length;
}

/** Block comments nest. */
function endOfPairs(sql: string, from: number): number {
	const marks = /\/\*|\*\//g;
	marks.lastIndex = from;
	let depth = 1;
	for (let match = marks.exec(sql); match !== null; match = marks.exec(sql)) {
		depth += match[0] === '/*' ? 1 : -1;
		if (depth === 0) return marks.lastIndex;
	}
	return sql.length;
}

/** In `E'…'` a backslash takes the next character along. */
function endOfEscapes(sql: string, from: number): number {
	const marks = /\\[\s\S]|'/g;
	marks.lastIndex = from;
	for (let match = marks.exec(sql); match !== null; match = marks.exec(sql)) {
		if (match[0] === "'") return marks.lastIndex;
	}
	return sql.length;
}
