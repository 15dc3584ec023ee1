/** Says whether a name matches a pattern with `*`, `?`, `[abc]` and `{one,two}`, as drizzle-kit's filters have them. */
export function matchPattern(name: string, pattern: string): boolean {
	return toExpression(pattern).test(name);
}

/**
 * Says whether drizzle-kit's `tablesFilter` lets a table through: no pattern speaks against it, and one for it.
 * @see drizzle-kit `prepareTablesFilterByPackageName` and `filterTables`
 */
export function passesFilter(name: string, patterns: readonly string[]): boolean {
	if (patterns.length === 0) return true;
	const votes = patterns.flatMap((pattern) => {
		if (pattern.startsWith('!')) return [!matchPattern(name, pattern.slice(1))];
		return matchPattern(name, pattern) ? [true] : [];
	});
	return votes.length > 0 && votes.every(Boolean);
}

function toExpression(pattern: string): RegExp {
	let depth = 0;
	const source = pattern.replace(/\*+|\[[^\]]+\]|[?{},]|[\\^$.|+()[\]]/g, (part) => {
		if (part.startsWith('*')) return '.*';
		if (part === '?') return '.';
		if (part.length > 1) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
		if (part === '{') {
			depth += 1;
			return '(?:';
		}
		if (part === '}' && depth > 0) {
			depth -= 1;
			return ')';
		}
		if (part === ',') return depth > 0 ? '|' : ',';
		return `\\${part}`;
	});
	return new RegExp(depth === 0 ? `^${source}$` : `^${pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, 's');
}
