import type { SyntaxNode } from '../sql/parse-statements.ts';
import { quoteQualified } from '../sql/quote-identifier.ts';

/** `schema.table`, unquoted, of a `RangeVar`; `public` where none is written. */
export function nameRelation(relation: SyntaxNode | undefined): string {
	return `${relation?.schemaname ?? 'public'}.${relation?.relname ?? ''}`;
}

/** The same from a list of names, as `DROP` and `COMMENT` have it. */
export function nameFromList(names: readonly SyntaxNode[]): string {
	const parts = names.map((name) => String(name.String?.sval ?? ''));
	return parts.length === 1 ? `public.${parts[0]}` : parts.slice(-2).join('.');
}

/** As people and PostgreSQL read it: quoted where needed, without `public`. */
export function printRelation(relation: SyntaxNode): string {
	return quoteQualified(relation.schemaname ?? 'public', String(relation.relname));
}

/** The same from `schema.table`. */
export function printName(name: string): string {
	const dot = name.indexOf('.');
	return quoteQualified(name.slice(0, dot), name.slice(dot + 1));
}
