import type { Session } from '../database/session.ts';
import { quoteIdentifier, quoteLiteral } from '../sql/quote-identifier.ts';
import type { KeptConstraint } from './kept.ts';
import { quoteTable } from './kept-schema.ts';

/** Rows that a constraint is held against. */
export interface Rows {
	/** A FROM item, aliased `t`. */
	readonly from: string;
	/** The rows that a foreign key refers to, as a FROM item without an alias; default: its target's. */
	readonly target?: string;
}

/** A condition on the row `t`: the constraint refuses it. Of rows with the same unique key every one. */
export function breakingRows({ columns, target, check, isUnique }: KeptConstraint, rows: Rows): string {
	const names = columns.map((name) => `t.${quoteIdentifier(name)}`);
	const isSet = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
	if (isUnique) {
		const key = names.join(', ');
		return `(${key}) IN (SELECT ${key} FROM ${rows.from} WHERE ${isSet} GROUP BY ${key} HAVING count(*) > 1)`;
	}
	if (target === undefined) return `NOT (${check})`;
	const isSame = names.map((name, place) => `r.${quoteIdentifier(target.columns[place] ?? '')} = ${name}`);
	return `${isSet} AND NOT EXISTS (SELECT FROM ${rows.target ?? quoteTable(target)} r WHERE ${isSame.join(' AND ')})`;
}

/** An expression that names the row `alias` by some of its columns: `id 2, p 7`. */
export function nameRow(columns: readonly string[], alias: string): string {
	const parts = [...new Set(columns)]
		.slice(0, 5)
		.map(
			(name) =>
				`${quoteLiteral(`${name} `)} || coalesce(left(${alias}.${quoteIdentifier(name)}::text, 60), 'NULL')`,
		);
	return parts.length === 0 ? `'a row'` : `concat_ws(', ', ${parts.join(', ')})`;
}

/** Why a constraint refuses a row. */
export function explainBreak({ name, columns, target, isUnique }: KeptConstraint): string {
	if (target !== undefined) return `breaks ${name}: no such row in ${target.table}`;
	return isUnique ? `breaks ${name}: another row has the same ${columns.join(', ')}` : `breaks ${name}`;
}

/** How many rows a refusal names. */
export const namedRows = 10;

/** The rows that a constraint refuses, by name, and how many there are. `and` is a further condition on the row `t`. */
export async function nameBreakingRows(
	session: Session,
	constraint: KeptConstraint,
	{
		rows,
		shown,
		and = 'true',
		before = '',
	}: {
		readonly rows: Rows;
		readonly shown: readonly string[];
		readonly and?: string;
		readonly before?: string;
	},
): Promise<{ readonly count: number; readonly examples: readonly string[] }> {
	const [found = []] = await session.run(
		`${before}SELECT ${nameRow([...shown, ...constraint.columns], 't')} AS row, count(*) OVER () AS count FROM ${rows.from} WHERE ${and} AND ${breakingRows(constraint, rows)} LIMIT ${namedRows}`,
	);
	const reason = explainBreak(constraint);
	return { count: Number(found[0]?.count ?? 0), examples: found.map(({ row }) => `${row}: ${reason}`) };
}
