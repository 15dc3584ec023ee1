import { describe, expect, it } from 'vitest';
import {
	isAbbreviatedChecksum,
	isChecksumOfSameMigration,
} from '../../src/kit/journal/allowance-comments.ts';
import { computeChecksum } from '../../src/kit/journal/checksum.ts';

const sql = 'ALTER TABLE a DROP COLUMN b;--> statement-breakpoint\nDROP TABLE c;';
const one = '-- companion: allow drop-column because nobody reads it';
const two = '--companion: allow drop-table because it is empty';

/** Texts that a migration of the SQL above may become without being another. */
const same: readonly (readonly [what: string, text: string])[] = [
	['as it was', sql],
	['a line before the first statement', `${one}\n${sql}`],
	['a line with the last line end that an editor adds', `${one}\n${sql}\n`],
	['a line between two statements', sql.replace('\nDROP', `\n  ${two}\nDROP`)],
	['behind the last statement', `${sql} ${two}`],
	['a line at the end', `${sql}\n${two}`],
	['several', `${one}\n${sql.replace('\nDROP', `\n${two}\nDROP`)}\n`],
	['with other line ends', `${one}\n${sql}`.replaceAll('\n', '\r\n')],
	['more than are looked at one by one', `${`${one}\n`.repeat(12)}${sql}`],
];

const other: readonly (readonly [what: string, text: string])[] = [
	['another comment', `-- why: nobody reads it\n${sql}`],
	['a directive', `-- companion: no-transaction\n${sql}`],
	['a statement more', `${one}\n${sql}\nSELECT 1;`],
	['a statement behind the comment', `${one}\n${sql.replace('COLUMN b', 'COLUMN d')}`],
	['a last line end alone', `${sql}\n`],
];

describe('a migration that was given allowances', () => {
	it.each(same)('is the same: %s', (_what, text) => {
		expect(isChecksumOfSameMigration(text, computeChecksum(sql))).toBe(true);
	});

	it.each(other)('is another with %s', (_what, text) => {
		expect(isChecksumOfSameMigration(text, computeChecksum(sql))).toBe(false);
	});

	it('may have had some of them before', () => {
		const applied = `${one}\n${sql}`;
		const now = `${one}\n${sql.replace('\nDROP', `\n${two}\nDROP`)}`;
		expect(isChecksumOfSameMigration(now, computeChecksum(applied))).toBe(true);
		expect(isChecksumOfSameMigration(sql, computeChecksum(applied))).toBe(false);
	});

	it('keeps its proof', () => {
		const abbreviated = computeChecksum(sql).slice(0, 8);
		expect(isAbbreviatedChecksum(`${one}\n${sql}`, abbreviated)).toBe(true);
		expect(isAbbreviatedChecksum(`${one}\n${sql} SELECT 1;`, abbreviated)).toBe(false);
	});
});
