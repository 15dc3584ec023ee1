import { quoteQualified } from '../sql/quote-identifier.ts';
import type { Loss } from './migration.ts';

/** A table whose rows are lost. */
export function nameLostTable(schema: string, table: string, isLostByUp: boolean): Loss {
	return { kind: 'table', schema, table, subject: `table ${quoteQualified(schema, table)}`, isLostByUp };
}

/** A column whose values are all lost. */
export function nameLostColumn(schema: string, table: string, column: string, isLostByUp: boolean): Loss {
	const subject = `column ${quoteQualified(schema, table, column)}`;
	return { kind: 'column', schema, table, column, subject, isLostByUp };
}

/** A column of which some values may change or be cut: rounding, truncation, a narrower type. */
export function nameLostValues(schema: string, table: string, column: string, isLostByUp: boolean): Loss {
	const subject = `values of column ${quoteQualified(schema, table, column)}`;
	return { kind: 'values', schema, table, column, subject, isLostByUp };
}

/** A loss in free words; names in it are quoted by the caller. */
export function nameOtherLoss(words: string, isLostByUp: boolean): Loss {
	const subject = words.replace(/[\s\p{Cc}]+/gu, ' ').trim();
	return { kind: 'other', subject, isLostByUp };
}
