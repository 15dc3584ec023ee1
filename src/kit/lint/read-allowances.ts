import type { Statement } from '../sql/parse-statements.ts';

/** `-- companion: allow <rule>[, <rule>] because <reason>` in a migration's SQL. */
export interface Allowance {
	/** In lower case, with hyphens. */
	readonly rule: string;
	/** Empty: none is given, and nothing is allowed. */
	readonly reason: string;
	/** Where the comment stands. */
	readonly offset: number;
	/** The statement that it is about: the one it stands in or before, or behind which it ends the line. */
	readonly statement?: Statement;
}

const COMMENT = /--[ \t]*companion:[ \t]*allow\b([^\r\n]*)/gi;

/** Every allowance of an SQL text, in order. */
export function readAllowances(sql: string, statements: readonly Statement[]): readonly Allowance[] {
	return [...sql.matchAll(COMMENT)].flatMap(({ index, 1: rest = '' }) => {
		const statement = findSubject(sql, statements, index);
		const [rules = '', ...reasons] = rest.split(/\bbecause\b[:\s]*/i);
		const reason = reasons.join('because ').trim();
		const place = { reason, offset: index, ...(statement === undefined ? {} : { statement }) };
		const names = rules.split(/[\s,]+/).filter((name) => name !== '');
		return (names.length === 0 ? [''] : names).map((name) => ({
			rule: name.toLowerCase().replaceAll('_', '-'),
			...place,
		}));
	});
}

function findSubject(sql: string, statements: readonly Statement[], offset: number): Statement | undefined {
	const before = statements.findLast(({ end }) => end <= offset);
	if (before !== undefined && !sql.slice(before.end, offset).includes('\n')) return before;
	return statements.find(({ end }) => end > offset);
}
