import { describe, expect, test } from 'vitest';
import {
	createLedgerStatements,
	deleteAppliedStatement,
	insertAppliedStatement,
	updateAppliedStatement,
	upgradeLedgerStatements,
} from '../../src/kit/ledger/ledger-statements.ts';
import { type LedgerTable, settleLedgerTable } from '../../src/kit/ledger/ledger-table.ts';

const name = { schema: 'drizzle', table: '__drizzle_migrations' };
const when = Date.UTC(2026, 10, 22, 10);
const old = { tag: '0001_it', when: when + 5, checksum: 'aa' };
const folder = { tag: `20261122100000_it's`, when, checksum: 'aa' };

describe('the statements that write the ledger', () => {
	test.each<[string, LedgerTable, typeof old, string]>([
		['of 0.x', name, old, `("hash", "created_at") VALUES ('aa', ${when + 5})`],
		[
			'of 1.0',
			{ ...name, layout: 'folders', hasNames: true },
			folder,
			`("hash", "created_at", "name") VALUES ('aa', ${when}, '20261122100000_it''s')`,
		],
		[
			'of 1.0, written from an older checkout: under the name that drizzle-kit up will give',
			{ ...name, hasNames: true },
			old,
			`("hash", "created_at", "name") VALUES ('aa', ${when + 5}, '20261122100000_it')`,
		],
	])('a row of a table %s', (_, table, entry, expected) => {
		expect(insertAppliedStatement(table, entry)).toBe(`INSERT INTO drizzle.__drizzle_migrations ${expected}`);
	});

	test('forgetting a migration of 1.0 takes the rows of its name, and those of 0.x of its second', () => {
		const table = { ...name, layout: 'folders', hasNames: true } as const;
		expect(deleteAppliedStatement(table, { ...folder, rowId: 7 })).toBe(
			`DELETE FROM drizzle.__drizzle_migrations WHERE id = 7 OR "name" = '20261122100000_it''s' OR ("name" IS NULL AND "created_at" BETWEEN ${when} AND ${when} + 999 AND "hash" = 'aa')`,
		);
		const { hasNames: _hasNames, ...plain } = table;
		expect(deleteAppliedStatement(plain, { ...folder, rowId: 7 })).not.toContain('"name"');
	});

	test('a mended row takes over the name where the table has names', () => {
		expect(updateAppliedStatement(name, { ...old, rowId: 7 })).not.toContain('"name"');
		expect(updateAppliedStatement({ ...name, hasNames: true }, { ...old, rowId: 7 })).toContain(
			`"name" = '20261122100000_it' WHERE id = 7`,
		);
	});

	test("drizzle-orm 0.x's table is upgraded only where rows are written", () => {
		const table: LedgerTable = { ...name, layout: 'folders', upgrade: [{ id: 1, name: 'x' }] };
		const written = settleLedgerTable(table, { writesRows: true });
		expect(written.hasNames).toBe(true);
		expect(upgradeLedgerStatements(written)).toHaveLength(3);
		const read = settleLedgerTable(table, { writesRows: false });
		expect([read.hasNames, upgradeLedgerStatements(read)]).toEqual([undefined, []]);
		expect(createLedgerStatements(read)[1]).not.toContain('applied_at');
		expect(createLedgerStatements(written)[1]).toContain('applied_at timestamp with time zone DEFAULT now()');
	});
});
