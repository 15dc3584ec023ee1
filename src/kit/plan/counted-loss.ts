import type { Loss } from '../journal/migration.ts';

/** What a rollback would throw away now, counted in this database. */
export interface CountedLoss {
	readonly tag: string;
	readonly loss: Loss;
	/** Rows of the table. Absent where the loss cannot be counted. */
	readonly rows?: number;
	/** For a column: how many of the rows hold a value. */
	readonly values?: number;
	/** It is set aside before the rollback, so that it is not lost. */
	readonly isKept?: boolean;
}

/** Says whether something is there to be lost for good; what cannot be counted counts. */
export function isRealLoss({ loss, rows, values, isKept }: CountedLoss): boolean {
	if (isKept) return false;
	if (rows === undefined) return true;
	return loss.kind === 'table' ? rows > 0 : (values ?? rows) > 0;
}

/** A sentence's worth: `users.nickname: 3 of 12 rows hold a value`. */
export function describeLoss({ loss, rows, values }: CountedLoss): string {
	const name = loss.subject.replace(/^(?:values of )?(?:table|column) /, '');
	if (rows === undefined) return `${loss.subject} (cannot be counted)`;
	if (loss.kind === 'table') return `table ${name}: ${rows} ${rows === 1 ? 'row' : 'rows'}`;
	const hold = `${values ?? rows} of ${rows} ${rows === 1 ? 'row holds' : 'rows hold'} a value`;
	return loss.kind === 'values' ? `${name}: ${hold} that may change` : `${name}: ${hold}`;
}
